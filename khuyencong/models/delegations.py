"""A director's deputy for a period, and how the deputy signs (Nghị định 30/2020/NĐ-CP, Điều 13)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class SigningCapacity(models.TextChoices):
    FOR = "KT", "KT. (ký thay)"
    BY_ORDER = "TL", "TL. (ký thừa lệnh)"
    AUTHORISED = "TUQ", "TUQ. (ký thừa ủy quyền)"


class DelegationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Delegations within the person's own department, its centres included."""
        body = user.organisation
        house = [pk for pk in (body.pk, body.parent_id) if pk] if body else []
        return self.filter(director__organisation__in=house)

    def standing(self):
        """Not revoked, on whatever days."""
        return self.filter(revoked_at=None)

    def in_force(self, day):
        return self.standing().filter(valid_from__lte=day, valid_to__gte=day)


class Delegation(models.Model):
    director = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_given", verbose_name="người giao quyền"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_held", verbose_name="người được giao"
    )
    capacity = models.CharField("ký", max_length=3, choices=SigningCapacity, default=SigningCapacity.FOR)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày")
    document_number = models.CharField("số văn bản giao quyền", max_length=60, blank=True)
    document_on = models.DateField("ngày văn bản", null=True, blank=True)
    scope_note = models.CharField("phạm vi", max_length=300, blank=True)
    created_at = models.DateTimeField("lập lúc", auto_now_add=True)
    revoked_at = models.DateTimeField("thu hồi lúc", null=True, editable=False)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "giao quyền ký"
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="delegation_dates_in_order",
                condition=Q(valid_from__lte=F("valid_to")),
                violation_error_message="Ngày bắt đầu phải trước hoặc bằng ngày kết thúc.",
            ),
            models.CheckConstraint(
                name="delegation_to_another",
                condition=~Q(director=F("deputy")),
                violation_error_message="Chọn người khác làm người được giao quyền.",
            ),
        ]

    def __str__(self):
        return f"{self.deputy} {self.get_capacity_display()} {self.director}"

    @staticmethod
    def covers(valid_from, valid_to, day):
        """What `in_force` asks of the days, for days that are read already."""
        return valid_from <= day <= valid_to
