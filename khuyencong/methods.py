"""Pages are read and forms are sent; any other method is refused before anything looks at the request."""

from django.http import HttpResponseNotAllowed

METHODS = ("GET", "HEAD", "POST")


class MethodsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in METHODS:
            return self.get_response(request)
        return HttpResponseNotAllowed(
            METHODS, "Cổng chỉ nhận GET, HEAD, POST.", content_type="text/plain; charset=utf-8"
        )
