"""Bodies of requests that are too large are refused with a page that says so, before anything reads them."""

from http import HTTPStatus

from django.conf import settings
from django.shortcuts import render

CHUNK = 64 * 1024
# A browser shows an answer only once it has sent its body: so much more is taken and thrown away.
DRAINED = 4


class RequestSizeMiddleware:
    """Answers 413 to a body over `settings.REQUEST_MEGABYTES`. A body of unknown length is read as empty by Django."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        most = settings.REQUEST_MEGABYTES * 1024 * 1024
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if length.isascii() and length.isdigit() else None
        if size is not None and size <= most:
            return self.get_response(request)
        drain(request, min(size or 0, DRAINED * most))
        context = {"most": settings.REQUEST_MEGABYTES}
        return render(request, "413.html", context, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def drain(request, size):
    stream = request.META.get("wsgi.input")
    while stream and size > 0 and (chunk := stream.read(min(CHUNK, size))):
        size -= len(chunk)
