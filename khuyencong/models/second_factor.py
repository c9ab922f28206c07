"""What the portal keeps of a person's second factor, so that whoever reads the database can use none of it."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import models
from django_otp.plugins.otp_totp.models import TOTPDevice

from khuyencong.seals import seal, unseal


class AuthenticatorApp(TOTPDevice):
    """django-otp's app, with its secret sealed: the column holds what only this installation opens."""

    class Meta:
        proxy = True

    def keep_secret(self, secret: str):
        """Seal the hexadecimal secret for this person."""
        self.key = seal(bytes.fromhex(secret), purpose=self._purpose)

    @property
    def bin_key(self):
        """The secret, or None where the seal does not open: then no code fits."""
        return unseal(self.key, purpose=self._purpose)

    def verify_token(self, token):
        if (secret := self.bin_key) is None:
            return False
        # Under the key of today, written with the step that was used.
        self.keep_secret(secret.hex())
        return super().verify_token(token)

    @property
    def _purpose(self):
        return f"totp:{self.user_id}"


class RecoveryCode(models.Model):
    """One code on paper, as a password hash with a salt of its own; used once, then deleted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="recovery_codes", verbose_name="người dùng"
    )
    hash = models.CharField("mã băm", max_length=128)

    class Meta:
        verbose_name = verbose_name_plural = "mã dự phòng"
        ordering = ["pk"]

    def __str__(self):
        return f"Mã dự phòng {self.pk}"

    def fits(self, code) -> bool:
        return check_password(code, self.hash)
