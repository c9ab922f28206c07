"""Files in a bucket of an S3-compatible store (S3_BUCKET), for web nodes and workers without a common folder.

Nobody but the portal reads the bucket: no object is public, and no address of one is ever given out. A store that does
not answer raises StoreGoneError, which people see as a page that says to try again.
"""

from contextlib import contextmanager
from tempfile import SpooledTemporaryFile

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from khuyencong.store_check import StoreGoneError

# Held in memory while on its way; longer files pass through a temporary one.
IN_MEMORY = 2 * 1024 * 1024
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 5, 30, 3


@contextmanager
def _told_as_gone():
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        # The words of the error name bucket and address, never a key.
        raise StoreGoneError(str(error)) from error


class ObjectStore(S3Storage):
    def get_default_settings(self):
        """Only what settings.py gives: environment variables of other programs are not looked at."""
        return super().get_default_settings() | {
            "file_overwrite": False,
            "default_acl": None,
            "querystring_auth": True,
            "max_memory_size": IN_MEMORY,
            "client_config": Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                s3={"addressing_style": "path"},
                signature_version="s3v4",
            ),
        }

    def url(self, name, **more):
        raise NotImplementedError("Files leave through the portal alone.")

    def _save(self, name, content):
        # By chunks, as a folder takes them: who gives them may count and hash them.
        with SpooledTemporaryFile(IN_MEMORY) as spool:
            for chunk in content.chunks():
                spool.write(chunk)
            spool.seek(0)
            with _told_as_gone():
                return super()._save(name, File(spool))

    def _open(self, name, mode="rb"):
        with _told_as_gone():
            file = super()._open(name, mode)
            if "r" in mode:
                file.open()  # fetched whole, so that a store that goes away says so here
            return file

    def delete(self, name):
        with _told_as_gone():
            super().delete(name)

    def exists(self, name):
        with _told_as_gone():
            return super().exists(name)

    def listdir(self, name):
        with _told_as_gone():
            return super().listdir(name)

    def size(self, name):
        with _told_as_gone():
            return super().size(name)

    def get_modified_time(self, name):
        with _told_as_gone():
            return super().get_modified_time(name)
