import pytest
from django.urls import get_resolver

from tests.test_architecture import urls

ADDRESSES = dict(urls(get_resolver().url_patterns))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_addresses_know_no_other_methods(client, method):
    """Nobody is asked who they are, nothing is looked up: the test has no database."""
    answers = {name: client.generic(method, address) for name, address in ADDRESSES.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(ADDRESSES, 405)
    assert {answer["Allow"] for answer in answers.values()} == {"GET, HEAD, POST"}
    assert len(answers) > 150
