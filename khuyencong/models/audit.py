"""The append-only trail of every act."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from khuyencong.models.organisations import Organisation
from khuyencong.models.units import AdministrativeUnit

# Endings of acts by which something is printed or leaves as a file, and nothing changes.
TAKEN_OUT = (".print", ".download", ".export")
# Who comes and goes changes no record.
COMINGS = ("user.login", "user.logout", "user.login_failed", "user.code_failed")


class AuditEntryQuerySet(models.QuerySet):
    def about(self, instance):
        return self.filter(subject_type=instance._meta.label_lower, subject_id=instance.pk)

    def visible_to(self, user):
        """Scoped as the records are; acts on no record of a province are for administrators."""
        if user.sees_all_provinces:
            return self
        seen = models.Q(province__in=user.province_ids) | models.Q(owner=user.organisation_id, owner__isnull=False)
        return self.filter(seen | models.Q(province=None) if user.is_superuser else seen)

    def of_changes(self):
        """Without what was only taken out, which would push the changes off a short list."""
        rows = self
        for ending in TAKEN_OUT:
            rows = rows.exclude(action__endswith=ending)
        return rows

    def newest(self, count):
        """The last of these with who did them, the newest first; no slice, so that it can be asked with others."""
        last = self.order_by("-pk").values("pk")[:count]
        return AuditEntry.objects.filter(pk__in=last).select_related("actor").order_by("-pk")


class AuditEntry(models.Model):
    """One act: who, when, on what, from which state to which, why, and the old and new values.

    Written only by `khuyencong.audit.record`. The database refuses UPDATE and DELETE; each row
    carries the hash of the one before, so that a row changed behind the portal's back is found.
    """

    at = models.DateTimeField("lúc", db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người thực hiện"
    )
    action = models.CharField("việc", max_length=60)
    label = models.CharField("tên việc", max_length=120)
    subject_type = models.CharField("loại hồ sơ", max_length=60)
    subject_id = models.BigIntegerField("số hồ sơ", null=True)
    subject_name = models.CharField("hồ sơ", max_length=300)
    province = models.ForeignKey(
        AdministrativeUnit, models.PROTECT, null=True, related_name="+", verbose_name="tỉnh, thành phố"
    )
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="cơ quan quản lý")
    before = models.CharField("trạng thái cũ", max_length=20, blank=True)
    after = models.CharField("trạng thái mới", max_length=20, blank=True)
    before_label = models.CharField("từ", max_length=60, blank=True)
    after_label = models.CharField("sang", max_length=60, blank=True)
    reason = models.TextField("lý do", blank=True)
    changes = models.JSONField("thay đổi", default=list, help_text="[[tên ô, giá trị cũ, giá trị mới], …]")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "dấu vết"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="audit_entry_of_subject"),
            # The last acts of a province or body that has done nothing for long are found without reading the others'.
            models.Index(fields=["province", "-id"], name="audit_entry_of_province"),
            models.Index(fields=["owner", "-id"], name="audit_entry_of_body"),
        ]

    def __str__(self):
        return f"{timezone.localtime(self.at):%d/%m/%Y %H:%M} {self.label}: {self.subject_name}"


class LastAct(models.Model):
    """The hash of the last act on a part of the data, by which `khuyencong.kept` names the state of that part.

    Parts are ALL, EVERYBODYS, and those of one province or body. Written by `khuyencong.audit` with each act; nothing
    to prove, and nothing to read besides.
    """

    ALL = "all"
    # What people of every province may be shown: accounts, bodies, units, rules, facilities, programmes.
    EVERYBODYS = "everybody's"
    PROVINCE = "province "

    part = models.CharField(max_length=40, unique=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "việc gần nhất"

    def __str__(self):
        return self.part

    @staticmethod
    def parts_of(*, provinces, owner):
        """The parts of these provinces and of this body, by their keys; None for no body."""
        return [f"{LastAct.PROVINCE}{key}" for key in provinces] + ([] if owner is None else [f"body {owner}"])
