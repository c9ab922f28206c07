"""What the shell of every page shows."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from khuyencong.dates import today
from khuyencong.desk.person import desk_of

# label, URL name, beginnings of the addresses that belong to it
NAVIGATION = (
    ("Việc của tôi", "home", ()),
    ("Chương trình", "programs:list", ("/chuong-trinh/",)),
    ("Kế hoạch", "projects:plan_list", ("/ke-hoach/",)),
    ("Đề án", "projects:list", ("/de-an/", "/tien-do/", "/kiem-tra/", "/dieu-chinh/")),
    ("Hợp đồng", "projects:contract_list", ("/hop-dong/", "/chung-tu/")),
    ("Cơ sở CNNT", "beneficiaries:list", ("/co-so/",)),
    ("Bàn giao", "projects:handover_list", ("/ban-giao/",)),
    ("Đánh giá", "evaluations", ("/danh-gia/",)),
    ("Văn bản", "document_register", ("/van-ban/",)),
)


@dataclass(frozen=True)
class NavItem:
    label: str
    url: str
    is_current: bool


def portal(request):
    """Navigation, organisation and plan year; no query beyond the signed-in person's organisation."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"portal": {"organisation": None, "navigation": (), "is_demo": False}}
    path = request.path
    items = [
        NavItem(label, url := reverse(name), path == url or path.startswith(starts))
        for label, name, starts in NAVIGATION
    ]
    return {
        "portal": {
            "organisation": user.organisation,
            "navigation": items,
            "is_demo": user.is_demo and not settings.PRACTICE,
            "is_practice": settings.PRACTICE,
            "viewed_by": getattr(request, "viewed_by", None),
            "plan_year": today().year,
            "desk": SimpleLazyObject(lambda: desk_of(user)),
            "read_lag": getattr(request, "read_lag", ""),
        }
    }
