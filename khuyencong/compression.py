"""Pages travel compressed: a long list is a tenth of its size on a slow line."""

from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """Pages alone: workbooks, PDFs and pictures are compressed by their own formats, exports stream row by row.

    Compression must not give away what a page holds to somebody who makes a browser ask and sees the lengths (BREACH):
    the CSRF token is masked anew in every answer, and Django adds random bytes to each.
    """

    def process_response(self, request, response):
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
