"""How often one address may ask the public pages: enough for an office with a pile of papers, not to try codes."""

from datetime import timedelta
from functools import wraps
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from khuyencong.models import VisitCount

PER_MINUTE = 60
KEPT = timedelta(hours=1)
# Whoever has one IPv6 address has a network of them.
IPV6_NETWORK = 64


def limited(view):
    """Decorator: more than PER_MINUTE questions of one address in a minute get a page with 429."""

    @wraps(view)
    def counted(request, *args, **kwargs):
        if count_visit(caller_of(request)) <= PER_MINUTE:
            return view(request, *args, **kwargs)
        response = render(request, "documents_panel/too_many.html", status=429)
        response["Retry-After"] = "60"
        return response

    return counted


def caller_of(request):
    """The address that asks; behind web servers of TRUSTED_PROXIES, the last one told that is none of theirs."""
    caller = request.META.get("REMOTE_ADDR", "")
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    # What stands further left may be made up by whoever asks.
    while chain[-1:] not in ([], [""]) and _is_trusted(caller):
        caller = chain.pop()
    return caller


def _is_trusted(address):
    """Whether a web server of ours has this address; a Unix socket gives none and is one on this machine."""
    try:
        caller = ip_address(address or "::1")
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in network for network in settings.TRUSTED_NETWORKS)


def address_of(request):
    """The address that asks as it is kept; None where what is told is no address."""
    try:
        return str(ip_address(caller_of(request)))
    except ValueError:
        return None


@transaction.atomic
def count_visit(address, what="visits"):
    """One more question of an address in this minute; how many that makes, on every server of the portal.

    `what` is asked: each kind of question is counted by itself.
    """
    minute = timezone.now().replace(second=0, microsecond=0)
    key = salted_hmac(f"khuyencong.{what}", _network(address), algorithm="sha256").hexdigest()
    row, is_new = VisitCount.objects.get_or_create(address=key, minute=minute)
    VisitCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
    if is_new:
        VisitCount.objects.filter(minute__lt=minute - KEPT).delete()
    return VisitCount.objects.values_list("count", flat=True).get(pk=row.pk)


def _network(address):
    try:
        caller = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((caller, IPV6_NETWORK), strict=False)) if caller.version == 6 else str(caller)
