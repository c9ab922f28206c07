"""Whatever leaves the portal as a file is in the trail: lists, drafts, bundles, where the page itself told nothing."""

from email.message import Message
from http import HTTPStatus

from khuyencong.audit import TOLD, record
from khuyencong.models.audit import TAKEN_OUT

FILES = ("application/pdf", "application/zip", "application/vnd.", "application/msword", "text/csv")


class FileTrailMiddleware:
    """Innermost, where an administrator who looks on is still known as the one who does it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        told = []
        token = TOLD.set(told)
        try:
            response = self.get_response(request)
            if leaves_untold(request, response, told):
                tell(request, response)
        finally:
            TOLD.reset(token)
        return response


def leaves_untold(request, response, told):
    if response.status_code != HTTPStatus.OK or not response.get("Content-Type", "").startswith(FILES):
        return False
    return request.user.is_authenticated and not any(action.endswith(TAKEN_OUT) for action in told)


def tell(request, response):
    header = Message()
    header["Content-Disposition"] = response.get("Content-Disposition", "inline")
    is_taken = header.get_content_disposition() == "attachment"
    name = header.get_filename() or request.resolver_match.view_name
    action, label = ("file.export", "Xuất tệp") if is_taken else ("file.print", "Xem, in tệp")
    record(request.user, action, label, None, changes=[("Tệp", "", name)])
