"""The portal's own settings, with static files served from where they lie."""

from khuyencong.settings import *  # noqa: F403
from khuyencong.settings import STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
ALLOWED_HOSTS = ["*"]
