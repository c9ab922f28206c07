"""A form pressed twice, or sent again after going back, makes one record."""

import hashlib
from datetime import timedelta
from functools import wraps

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone

from khuyencong.models import SentForm

TOKEN = "csrfmiddlewaretoken"
KEPT = timedelta(days=1)
TOLD = "Mẫu này đã được ghi ở lần bấm trước; lần này không ghi thêm. Đây là hồ sơ đã ghi."


def once(view):
    """Decorator of a view that makes a record: the very same form sent again is answered as the first time.

    Each showing of a form carries another token, so that two records with the same words, typed into two forms, are
    two. The second of two presses waits until the first is through.
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.method != "POST" or TOKEN not in request.POST:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            sent, is_new = SentForm.objects.get_or_create(key=_key(request))
            if not is_new:
                messages.info(request, TOLD)
                return redirect(sent.answer)
            response = view(request, *args, **kwargs)
            if response.status_code == 302 and len(response.url) <= 500:
                sent.answer = response.url
                sent.save(update_fields=["answer"])
            else:
                sent.delete()
        return response

    return guarded


def _key(request):
    files = [(name, file.name, file.size) for name, files in request.FILES.lists() for file in files]
    told = (request.user.pk, request.get_full_path(), list(request.POST.lists()), files)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def forget_old():
    """Drop what was sent longer ago than anyone goes back."""
    SentForm.objects.filter(at__lt=timezone.now() - KEPT).delete()
