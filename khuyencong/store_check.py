"""Whether the store of files, a folder or a bucket, takes files and gives them back."""

import os
import secrets

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

# Beside the files of the portal, so that a wrong prefix or right shows.
PROBE = "thu-ghi"


class StoreGoneError(OSError):
    """The store of files does not answer, or does not take what the portal asks."""


def store_fault() -> str:
    """What is wrong with the store, in the words of the machine; "" when a file went in and came back."""
    storage, content = storages["default"], secrets.token_bytes(16)
    try:
        name = storage.save(f"{PROBE}-{secrets.token_hex(8)}", ContentFile(content))
        try:
            with storage.open(name) as stream:
                came_back = stream.read()
        finally:
            storage.delete(name)
    except OSError as error:
        return str(error)
    return "" if came_back == content else "what came back is not what was written"


def has_store() -> bool:
    """The short question, for whoever asks all the time: the bucket answers, or the folder may be written."""
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage):
        try:
            storage.exists(PROBE)
        except OSError:
            return False
        return True
    folder = settings.MEDIA_ROOT
    while not os.path.exists(folder):  # made with the first file
        folder = os.path.dirname(folder)
    return os.access(folder, os.W_OK)
