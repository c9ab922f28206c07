"""Secrets that the portal has to read again, sealed in the database with a key that is not in it.

AES-256-GCM under a key drawn from SECRET_KEY (HKDF-SHA-256). What was sealed is bound to what it is for and whose it
is, so that a sealed text moved to another row does not open. After a change of the key, SECRET_KEY_OLD still opens.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Says how it was sealed, for the day when another way is better.
VERSION = "s1:"
NONCE = 12


def seal(secret: bytes, *, purpose: str) -> str:
    """A text that only this installation opens, and only for the same purpose."""
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, secret, purpose.encode())
    return VERSION + base64.b64encode(nonce + sealed).decode()


def unseal(text: str, *, purpose: str) -> bytes | None:
    """What was sealed; None where it was altered, is another's, or the key is not known any more."""
    if not text.startswith(VERSION):
        return None
    try:
        content = base64.b64decode(text.removeprefix(VERSION))
    except ValueError:
        return None
    if len(content) < NONCE:
        return None
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return AESGCM(_key(key)).decrypt(content[:NONCE], content[NONCE:], purpose.encode())
        except InvalidTag:
            continue
    return None


def _key(key):
    return HKDF(SHA256(), 32, salt=None, info=b"khuyencong.seals").derive(key.encode())
