"""Settings of the test suite: the portal's own, with a fast hasher and no manifest to collect first."""

import os
import tempfile
from pathlib import Path

from khuyencong.settings import *  # noqa: F403
from khuyencong.settings import CACHES, DATABASES, STORAGES

SECRET_KEY = "tests-only"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False  # tests of the lockout switch it on; the others sign in as often as they like
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MEDIA_ROOT = Path(tempfile.gettempdir()) / "khuyencong-test-media"
WHITENOISE_AUTOREFRESH = True
# Tests change rows without a line in the trail; those of kept figures have a memory of their own.
CACHES = CACHES | {"figures": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file of this run's own, removed at its end: in memory, two threads that write would not wait for each
    # other as they do on the server.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/khuyencong-test-{os.getpid()}.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
