"""What leaves as a spreadsheet and how: chosen columns, forms to fill, and sheets that come home edited."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from khuyencong.models.files import StoredFile
from khuyencong.models.organisations import Organisation


class ColumnChoice(models.Model):
    """The columns of one list that one person takes into Excel, by their keys and in that order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="của")
    kind = models.CharField("danh sách", max_length=40)
    columns = models.JSONField("các cột", default=list)
    changed_at = models.DateTimeField("chọn lúc", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "cột đã chọn"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="column_choice_one_per_list")]

    def __str__(self):
        return f"{self.user}: {self.kind}"


class FormTemplate(models.Model):
    """A workbook with named cells that a body fills an official form into, from one day to another."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="cơ quan")
    kind = models.CharField("biểu mẫu", max_length=40)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="tệp mẫu")
    note = models.CharField("ghi chú", max_length=200, blank=True, help_text="Ví dụ: theo công văn số …")
    valid_from = models.DateField("dùng từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người đưa lên"
    )
    created_at = models.DateTimeField("đưa lên lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "tệp mẫu biểu"
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="form_template_days_in_order",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="Ngày hết hạn phải từ ngày bắt đầu dùng trở đi.",
            ),
        ]

    def __str__(self):
        return self.file.name


class ReturnStatus(models.TextChoices):
    OPEN = "open", "Chờ xác nhận"
    DONE = "done", "Đã ghi"
    DROPPED = "dropped", "Đã bỏ"


class ReturnedSheetQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A person sees only what they brought back themselves."""
        return self.filter(uploaded_by=user)


class ReturnedSheet(models.Model):
    """A list that went out, was edited and came home. Nothing of it counts before the person confirms.

    `rows`: {"pk", "line", "name", "version" (that went out), "cells": [{"field", "cell", "base", "mine"}]} of the rows
    that differ from what went out, values as a browser would post them; `refused`: [[cell, sentence]] of what could
    not be read; `remarks`: sentences on rows that are gone, new or foreign.
    """

    kind = models.CharField("danh sách", max_length=40)
    name = models.CharField("tên tệp", max_length=200)
    sha256 = models.CharField("mã băm", max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người đưa lên"
    )
    uploaded_at = models.DateTimeField("đưa lên lúc", auto_now_add=True)
    made_at = models.DateTimeField("tệp xuất lúc")
    made_by = models.CharField("người xuất", max_length=200)
    row_count = models.PositiveIntegerField("số dòng", default=0)
    rows = models.JSONField("các dòng khác", default=list)
    refused = models.JSONField("ô không đọc được", default=list)
    remarks = models.JSONField("điều cần biết", default=list)
    status = models.CharField("trạng thái", max_length=10, choices=ReturnStatus, default=ReturnStatus.OPEN)
    finished_at = models.DateTimeField("xong lúc", null=True)
    written = models.JSONField("đã ghi", default=list, help_text="[[dòng, số ô], …]")

    objects = ReturnedSheetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "tệp sửa ngoài máy"
        ordering = ["-pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("returned_sheet", args=[self.pk])

    @property
    def is_open(self):
        return self.status == ReturnStatus.OPEN
