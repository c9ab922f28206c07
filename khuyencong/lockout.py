"""Wrong passwords: counted for an account and an address, told the same whether the account exists or not."""

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.shortcuts import render
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.permissions import require

# Somebody who tries an account from many addresses gets this many times the attempts of one address.
FROM_EVERYWHERE = 10


class Handler(AxesDatabaseHandler):
    """The database's counts, and those of all addresses together: many web nodes and many attackers share them."""

    def get_failures(self, request, credentials=None):
        here = super().get_failures(request, credentials)
        username = (credentials or {}).get("username")
        return max(here, failures_of(username) // FROM_EVERYWHERE) if username else here


def recent():
    """Attempts that still count."""
    return AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - settings.AXES_COOLOFF_TIME)


def failures_of(username) -> int:
    """Wrong passwords of late for a name, from anywhere."""
    return recent().filter(username=username).aggregate(all=Sum("failures_since_start"))["all"] or 0


def locked_names() -> set[str]:
    """Names that some address or all of them cannot sign in with now."""
    rows = recent().values_list("username", "ip_address").annotate(all=Sum("failures_since_start")).order_by()
    limit, names, everywhere = settings.AXES_FAILURE_LIMIT, set(), {}
    for name, _address, count in rows:
        everywhere[name] = everywhere.get(name, 0) + count
        if count >= limit or everywhere[name] >= limit * FROM_EVERYWHERE:
            names.add(name)
    return names


def unlock(user, *, by):
    """Forget the wrong passwords for an account, at every address."""
    require(by.is_superuser, "Chỉ quản trị hệ thống được mở khóa đăng nhập.")
    forget(user)
    record(by, "user.unlock", "Mở khóa đăng nhập", user)


def forget(user):
    AccessAttempt.objects.filter(username=user.username).delete()


def forget_old():
    """Drop attempts that count no more; they hold typed names and addresses."""
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME).delete()


def locked_page(request, response=None, credentials=None):
    """The answer to whoever tried too often, the same for every name."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    answer = render(request, "429.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer
