"""This machine and everyone else: which of the two the portal serves."""

from ipaddress import ip_address

from django.conf import settings

LOOPBACK_ADDRESSES = ("127.0.0.1", "::1", "localhost")


def serves_others(host=None):
    """Whether anyone but this very machine can be served.

    `host` is the address listened on, where it is known; the settings speak for themselves.
    """
    beyond = set(settings.ALLOWED_HOSTS) - {*settings.LOOPBACK_HOSTS, *LOOPBACK_ADDRESSES}
    return bool(beyond) or settings.HTTPS or host not in (None, *LOOPBACK_ADDRESSES)


def is_this_machine(address):
    """Whether a caller's address is a loopback one; a Unix socket gives none and is this machine, too."""
    if not address:
        return True
    caller = ip_address(address)
    return (getattr(caller, "ipv4_mapped", None) or caller).is_loopback


def this_machine_only(serve):
    """Wrap a WSGI application so that only callers on this machine reach it.

    Where ALLOWED_HOSTS names this machine alone, demo accounts and the default key are let through; a server
    bound to an outer address must not open them to whoever sends `Host: localhost`.
    """

    def guarded(environ, start_response):
        if is_this_machine(environ.get("REMOTE_ADDR")):
            return serve(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
        return ["Cổng này chỉ phục vụ trên chính máy chủ. Quản trị viên cần đặt biến ALLOWED_HOSTS.".encode()]

    return guarded
