"""Lists as a person likes them: filters under a name, hidden columns, and the way back from a record."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from khuyencong.desk.person import cookie_name, desk_of, keep
from khuyencong.desk.tour import STEP
from khuyencong.models import SavedFilter, User
from khuyencong.text import nfc

# In addresses: the columns shown, by their place; the page; and that no saved filter is wanted.
SHOWN, PAGE, ALL = "hien", "trang", "tat-ca"
MOST_FILTERS = 30
LONGEST_QUERY = 1500


@dataclass(frozen=True)
class ListPage:
    """A list: its key, URL name, name on screen, and the columns that can be left out, by their place from the left."""

    key: str
    url_name: str
    label: str
    columns: tuple[tuple[int, str], ...] = ()

    @property
    def url(self):
        return reverse(self.url_name)

    @property
    def cookie(self):
        return cookie_name(f"ds-{self.key}")


LISTS = (
    ListPage(
        "projects", "projects:list", "Đề án, nhiệm vụ",
        ((3, "Trạng thái"), (4, "Hoàn thành"), (5, "Nội dung"), (6, "KCQG"), (7, "KCĐP"), (8, "Đối ứng")),
    ),
    ListPage(
        "facilities", "beneficiaries:list", "Cơ sở CNNT",
        ((2, "Mã số thuế"), (3, "Xã, phường"), (4, "Ngành, nghề"), (5, "Lao động"), (6, "Liên hệ")),
    ),
    ListPage(
        "plans", "projects:plan_list", "Kế hoạch",
        (
            (3, "Trạng thái"), (4, "Quyết định"), (5, "Dự toán KCQG"), (6, "Dự toán KCĐP"), (7, "Trong kế hoạch"),
            (8, "Hỗ trợ xếp, duyệt"),
        ),
    ),
    ListPage(
        "contracts", "projects:contract_list", "Hợp đồng",
        ((1, "Ngày ký"), (3, "Trạng thái"), (4, "Hết hạn")),
    ),
    ListPage(
        "register", "document_register", "Văn bản", ((2, "Ngày"), (4, "Phát hành")),
    ),
    ListPage(
        "handovers", "projects:handover_list", "Bàn giao", ((3, "Đề án"), (4, "Bên nhận"), (5, "Trạng thái")),
    ),
    ListPage(
        "programs", "programs:list", "Chương trình",
        ((2, "Phạm vi"), (3, "Giai đoạn"), (4, "Quyết định phê duyệt"), (5, "Cơ quan quản lý")),
    ),
    ListPage(
        "evaluations", "evaluations", "Báo cáo đánh giá",
        ((2, "Loại"), (3, "Thời gian"), (4, "Tính theo"), (5, "Số liệu đến"), (6, "Cơ quan")),
    ),
)  # fmt: skip
BY_KEY = {page.key: page for page in LISTS}
BY_URL_NAME = {page.url_name: page for page in LISTS}


def filters_of(user, kind):
    """The saved filters of one list; who has none asks nothing."""
    return list(SavedFilter.objects.filter(user=user, kind=kind)) if desk_of(user).filter_count else []


def clean_query(text):
    """A query string without page and markers, in one way of writing; raises ValidationError when it is too long."""
    query = QueryDict(text[: LONGEST_QUERY * 2], mutable=True)
    for name in (PAGE, ALL, STEP):
        query.pop(name, None)
    pairs = [(name, nfc(value)) for name, values in query.lists() for value in values if value.strip()]
    text = urlencode(pairs)
    if len(text) > LONGEST_QUERY:
        raise ValidationError("Bộ lọc này dài quá: bỏ bớt điều kiện rồi lưu.")
    return text


@transaction.atomic
def save_filter(user, page, *, name, query, is_default=False):
    """Keep a filter under a name; the same name again replaces it. Raises ValidationError. Returns (row, is it new)."""
    name = nfc(name.replace("\x00", ""))
    if not name:
        raise ValidationError("Đặt tên cho bộ lọc, ví dụ “Đề án chờ tôi”.")
    if len(name) > 80:
        raise ValidationError("Tên bộ lọc dài tối đa 80 chữ.")
    query = clean_query(query)
    _hold(user)
    own = SavedFilter.objects.filter(user=user)
    if own.count() >= MOST_FILTERS and not own.filter(kind=page.key, name=name).exists():
        raise ValidationError(f"Đã có {MOST_FILTERS} bộ lọc: xóa bớt rồi lưu.")
    if is_default:
        own.filter(kind=page.key, is_default=True).update(is_default=False)
    values = {"query": query} | ({"is_default": True} if is_default else {})
    saved, is_new = SavedFilter.objects.update_or_create(user=user, kind=page.key, name=name, defaults=values)
    keep(user, filter_count=own.count())
    return saved, is_new


@transaction.atomic
def change_filter(saved, *, name, is_default):
    """Rename a filter, or make it the one with which its list opens. Raises ValidationError."""
    _hold(saved.user)
    name = nfc(name.replace("\x00", ""))
    others = SavedFilter.objects.filter(user=saved.user, kind=saved.kind).exclude(pk=saved.pk)
    if not name or len(name) > 80:
        raise ValidationError("Tên bộ lọc có từ 1 đến 80 chữ.")
    if others.filter(name=name).exists():
        raise ValidationError(f"Đã có bộ lọc “{name}” ở danh sách này: đặt tên khác.")
    if is_default:
        others.filter(is_default=True).update(is_default=False)
    saved.name, saved.is_default = name, is_default
    saved.save()
    return saved


@transaction.atomic
def delete_filter(saved):
    user = saved.user
    _hold(user)
    saved.delete()
    keep(user, filter_count=SavedFilter.objects.filter(user=user).count())


def _hold(user):
    """Two tabs of one person wait for each other."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)


def hidden_columns(page, query):
    """The places of the columns that an address leaves out: none unless it names those it shows."""
    shown = query.getlist(SHOWN)
    return [place for place, _label in page.columns if str(place) not in shown] if shown else []


def way_back(request, url_name, row=None):
    """The address of a list as the person last saw it in this browser, at the row that they opened."""
    page = BY_URL_NAME[url_name]
    query = request.COOKIES.get(page.cookie, "") if request else ""
    if len(query) > LONGEST_QUERY * 2:
        query = ""
    query = QueryDict(query).urlencode()
    return page.url + (f"?{query}" if query else "") + (f"#dong-{row}" if row else "")


class ListMiddleware:
    """Opens a list with the person's own filter, and remembers in the browser how it was seen last."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        match = request.resolver_match
        page = BY_URL_NAME.get(match.view_name) if match else None
        if page and request.method == "GET" and response.status_code == 200:
            asked = request.GET.copy()
            asked.pop(STEP, None)
            query = asked.urlencode()
            if len(query) <= LONGEST_QUERY and query != request.COOKIES.get(page.cookie, ""):
                response.set_cookie(
                    page.cookie, query, secure=request.is_secure(), httponly=True, samesite="Lax"
                )  # fmt: skip
        return response

    def process_view(self, request, view, args, kwargs):
        page = BY_URL_NAME.get(request.resolver_match.view_name)
        if (
            page is None
            or request.method != "GET"
            or request.META.get("QUERY_STRING")
            or request.headers.get("HX-Request")
        ):
            return None
        default = next((saved for saved in filters_of(request.user, page.key) if saved.is_default), None)
        return HttpResponseRedirect(f"{page.url}?{default.query}") if default and default.query else None
