"""What people see when something went wrong: a sentence, what to do, and the id under which the log tells more."""

import sys
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string

from khuyencong.request_log import REQUEST_ID
from khuyencong.store_check import StoreGoneError
from khuyencong.versions import StaleVersionError

# A database that restarts is back within it.
RETRY_SECONDS = "30"
# Forms whose words never come back in a page: passwords, codes.
SECRET_FORMS = ("/dang-nhap/", "/doi-mat-khau/", "/xac-thuc-hai-lop/", "/tai-khoan/", "/quan-tri/")
MOST_TYPED = 200_000
STORE_GONE = (
    "Kho tệp đang không trả lời, nên chưa nhận hay mở được tệp; phần còn lại của cổng vẫn dùng được. Việc vừa bấm chưa "
    "được ghi."
)


def page(name, status, **context):
    """Rendered without asking anybody who is signed in: the database may be what is missing."""
    html = render_to_string(name, context | {"request_id": REQUEST_ID.get()})
    return HttpResponse(html, status=status)


def bad_request(request, exception=None):
    return page("400.html", HTTPStatus.BAD_REQUEST)


def csrf_failure(request, reason=""):
    return page("403_csrf.html", HTTPStatus.FORBIDDEN)


def server_error(request):
    error = sys.exc_info()[1]
    if isinstance(error, StaleVersionError):
        return page("409.html", HTTPStatus.CONFLICT)
    if isinstance(error, OperationalError | InterfaceError):
        return maintenance(typed=typed_in(request))
    if isinstance(error, StoreGoneError):
        return maintenance(STORE_GONE)
    return page("500.html", HTTPStatus.INTERNAL_SERVER_ERROR)


def typed_in(request):
    """[(name, value)] of the form that could not be taken, to be sent again; [] where there is none to be shown."""
    if request.method != "POST" or request.path.startswith(SECRET_FORMS):
        return []
    try:
        if request.FILES:  # a page cannot put files back into a form
            return []
        typed = [(name, value) for name, values in request.POST.lists() for value in values]
    except (OSError, BadRequest, SuspiciousOperation, MultiPartParserError):  # cut off on its way, or too large
        return []
    return typed if sum(len(value) for _name, value in typed) <= MOST_TYPED else []


def maintenance(words="", typed=()):
    response = page("503.html", HTTPStatus.SERVICE_UNAVAILABLE, words=words, typed=typed)
    response["Retry-After"] = RETRY_SECONDS
    return response


class MaintenanceMiddleware:
    """While the file VAR_DIR/bao-tri is there, everybody gets its words; watchers of the machine get through."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        note = settings.VAR_DIR / "bao-tri"
        if not note.exists() or request.path in ("/healthz", "/readyz", "/metrics"):
            return self.get_response(request)
        return maintenance(note.read_text(errors="replace").strip()[:500])
