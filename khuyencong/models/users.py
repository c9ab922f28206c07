"""People and what they may do."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property

from khuyencong.alphabet import Alphabetical
from khuyencong.dates import today
from khuyencong.models.organisations import Organisation


class Role(models.TextChoices):
    OFFICER = "officer", "Chuyên viên"
    REVIEWER = "reviewer", "Lãnh đạo phòng, Giám đốc Trung tâm"
    DIRECTOR = "director", "Giám đốc Sở"
    ACCOUNTANT = "accountant", "Kế toán"
    VIEWER = "viewer", "Lãnh đạo, thanh tra, kiểm toán (chỉ xem)"
    ADMIN = "admin", "Quản trị hệ thống"


class User(AbstractUser):
    first_name = None
    last_name = None
    full_name = models.CharField("họ và tên", max_length=120)
    salutation = models.CharField("xưng hô", max_length=5, blank=True, choices=[("Ông", "Ông"), ("Bà", "Bà")])
    position = models.CharField("chức vụ", max_length=120, blank=True)
    role = models.CharField("vai trò", max_length=12, choices=Role, default=Role.VIEWER)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users", verbose_name="cơ quan"
    )
    is_demo = models.BooleanField("tài khoản dùng thử", default=False, editable=False)
    # Set while the password is one that an administrator chose; its owner replaces it at the next sign-in.
    password_given_at = models.DateTimeField("mật khẩu tạm, đặt lúc", null=True, blank=True, editable=False)

    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = verbose_name_plural = "người dùng"
        ordering = [Alphabetical("full_name"), "pk"]

    def __str__(self):
        return self.full_name or self.username

    def get_full_name(self):
        return self.full_name

    def get_short_name(self):
        return self.full_name.rsplit(" ", 1)[-1]

    @cached_property
    def sees_all_provinces(self):
        """A ministry department, or the superuser of an installation without an organisation."""
        if self.organisation is None:
            return self.is_superuser
        return self.organisation.sees_all_provinces

    @cached_property
    def province_ids(self):
        """Ids of today's provinces whose rows this person sees, read once per request."""
        if self.organisation_id is None:
            return frozenset()
        areas = Organisation.areas.through.objects.filter(organisation=self.organisation_id)
        return frozenset(areas.values_list("administrativeunit_id", flat=True))

    @cached_property
    def standing_in(self):
        """The delegation under which this person acts as director today, or None; read once per request."""
        return self.delegations_held.in_force(today()).select_related("director").first()
