import pytest

from khuyencong.loopback import is_this_machine, serves_others, this_machine_only


@pytest.mark.parametrize(
    ("host", "allowed_hosts", "https", "expected"),
    [
        (None, ["localhost", "127.0.0.1", "[::1]"], False, False),
        ("127.0.0.1", [], False, False),
        ("::1", ["localhost"], False, False),
        ("0.0.0.0", ["localhost"], False, True),
        ("192.0.2.7", ["localhost"], False, True),
        (None, ["localhost", "khuyencong.tinh.gov.vn"], False, True),
        ("127.0.0.1", ["*"], False, True),
        ("127.0.0.1", ["localhost"], True, True),
    ],
)
def test_serves_others(settings, host, allowed_hosts, https, expected):
    settings.ALLOWED_HOSTS = allowed_hosts
    settings.HTTPS = https
    assert serves_others(host) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),  # a Unix socket
        (None, True),
        ("192.0.2.7", False),
        ("::ffff:192.0.2.7", False),
        ("2001:db8::1", False),
    ],
)
def test_is_this_machine(address, expected):
    assert is_this_machine(address) is expected


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", "200 OK"), ("192.0.2.7", "403 Forbidden")])
def test_this_machine_only_turns_others_away(address, status):
    def page(environ, start_response):
        start_response("200 OK", [])
        return [b"page"]

    statuses = []
    body = this_machine_only(page)({"REMOTE_ADDR": address}, lambda status, headers: statuses.append(status))

    assert statuses == [status]
    assert (body == [b"page"]) is (status == "200 OK")
