"""Answers to the last act, carried to the next page in a cookie of this very host."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    cookie_name = "__Host-loi-nhan" if settings.HTTPS else "loi-nhan"


class MessageStorage(FallbackStorage):
    storage_classes = (HostCookieStorage, SessionStorage)
