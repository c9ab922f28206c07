"""A request that is too large is told so in words; everything else passes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse


@pytest.fixture
def small(settings):
    settings.REQUEST_MEGABYTES = 1


def send(client, size):
    return client.post(reverse("login"), {"file": SimpleUploadedFile("a.pdf", b"x" * size)})


def test_large_body_is_refused_with_what_to_do(small, client):
    response = send(client, 1_100_000)

    assert response.status_code == 413
    assert "Mỗi lần gửi tối đa 1 MB" in response.content.decode()


def test_body_within_the_limit_passes(small, client, db):
    assert send(client, 900_000).status_code == 200


@pytest.mark.parametrize("length", ["-5", "abc"])
def test_false_length_is_refused(small, client, length):
    response = client.post(reverse("login"), b"x", content_type="text/plain", headers={"Content-Length": length})

    assert response.status_code == 413
