"""Pages travel compressed, files as they are."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from khuyencong.compression import PageCompressionMiddleware

PAGE = "<p>Đề án</p>" * 100


def answered(response):
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip, br"})
    return PageCompressionMiddleware(lambda request: response)(request)


def test_page_is_compressed():
    answer = answered(HttpResponse(PAGE))

    assert (answer["Content-Encoding"], answer["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(answer.content).decode() == PAGE


def test_lengths_of_the_same_page_differ():
    assert len({len(answered(HttpResponse(PAGE)).content) for _time in range(30)}) > 1


@pytest.mark.parametrize(
    "answer",
    [HttpResponse(PAGE, content_type="application/pdf"), StreamingHttpResponse([PAGE], content_type="text/html")],
)
def test_files_and_streams_are_left_alone(answer):
    assert not answered(answer).has_header("Content-Encoding")
