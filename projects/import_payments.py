"""Vouchers out of spreadsheets: each is tried by the service that the form uses, and taken back for the preview."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse

from khuyencong.audit import field_changes
from khuyencong.imports.kinds import Column, Examiner, ImportKind, register
from khuyencong.models import Role, Verdict
from khuyencong.permissions import family_q
from khuyencong.sheets import Field
from khuyencong.text import fold, quoted
from programs.models import SUPPORT_CATEGORIES, FundingSource
from projects.forms.payments import PaymentForm
from projects.models import Disbursement, DisbursementKind, Project
from projects.permissions import PAYERS
from projects.services import change_payment, pay

# What people write for the kinds of vouchers beside their names on the portal.
KIND_WORDS = {
    "tam ung": DisbursementKind.ADVANCE, "tu": DisbursementKind.ADVANCE, "tam ung lan 1": DisbursementKind.ADVANCE,
    "thanh toan": DisbursementKind.PAYMENT, "tt": DisbursementKind.PAYMENT, "giai ngan": DisbursementKind.PAYMENT,
    "hoan tra": DisbursementKind.REFUND, "hoan ung": DisbursementKind.REFUND, "thu hoi": DisbursementKind.REFUND,
}  # fmt: skip
NEEDED = {"amount": "Thiếu số tiền.", "voucher_number": "Thiếu số chứng từ.", "paid_on": "Thiếu ngày chứng từ."}
TOLD = ("kind", "source", "amount", "voucher_number", "paid_on", "note")


class PaymentExaminer(Examiner):
    """A voucher is known again by its project, source, kind, number and day."""

    def __init__(self, sheet_import, *, locks=False):
        super().__init__(sheet_import, locks=locks)
        self.kinds = {fold(label): value for value, label in DisbursementKind.choices} | KIND_WORDS
        self.sources = {
            fold(name): source
            for source in FundingSource.objects.filter(category__in=SUPPORT_CATEGORIES)
            for name in (source.code, source.name, source.short_name)
        }
        self.source_of_pk = {source.pk: source for source in self.sources.values()}
        self.form_fields = PaymentForm.base_fields
        self.seen = {}

    def examine(self, rows):
        self._load(rows)
        with transaction.atomic():  # what one row pays counts for the next
            for row in rows:
                self._judge(row)
            transaction.set_rollback(True)

    def _load(self, rows):
        codes = {row.values["code"] for row in rows if "code" in row.values}
        projects = Project.objects.visible_to(self.by).filter(family_q(self.by), code__in=codes)
        self.projects = {}
        for project in projects.select_related("plan", "owner", "contract"):
            self.projects.setdefault(fold(project.code), []).append(project)

    def _judge(self, row):
        given = self._read(row)
        row.label = f"{row.values.get('code', '')} {row.values.get('voucher_number', '')}".strip()
        if row.errors:
            return
        key = (given["project"].pk, given["source"].pk, given["kind"], given["voucher_number"], given["paid_on"])
        first = self.seen.setdefault(key, row.number)
        if first != row.number:
            row.refuse("voucher_number", f"Chứng từ này đã ở dòng {first}: bỏ một dòng.")
            return
        stored = self._stored(given)
        if stored:
            row.matched_id, row.matched_version = stored.project_id, stored.version
        row.instance = (given, stored)
        if stored and all(getattr(stored, name) == given[name] for name in ("amount", "note") if name in given):
            row.verdict = Verdict.UNCHANGED
            return
        try:
            with transaction.atomic():
                entry = self._put(given, stored)
        except (PermissionDenied, ValidationError) as refusal:
            _tell(row, refusal)
        else:
            row.changes = field_changes(stored, entry, TOLD)
            row.verdict = Verdict.CHANGED if stored else Verdict.NEW

    def _read(self, row):
        given, fixed = {}, self.sheet_import.given
        found = self.projects.get(fold(row.values.get("code", "")), [])
        if len(found) == 1:
            given["project"] = found[0]
        else:
            row.refuse("code", f"Không có đúng một đề án mã {quoted(row.values.get('code', ''))} của cơ quan ông/bà.")
        given["kind"] = self._listed(row, "kind", self.kinds, fixed.get("kind"))
        given["source"] = self._listed(row, "source", self.sources, self.source_of_pk.get(fixed.get("source")))
        unread = {key for key, _sentence in row.errors}
        for key, sentence in NEEDED.items():
            if key not in row.values and key not in unread:
                row.refuse(key, sentence)
        for key in (*NEEDED, "note"):
            if key in row.values:
                try:
                    given[key] = self.form_fields[key].clean(row.values[key])
                except ValidationError as refusal:
                    row.refuse(key, " ".join(refusal.messages))
        return given

    @staticmethod
    def _listed(row, key, listed, otherwise):
        if key not in row.values:
            return otherwise
        found = listed.get(fold(row.values[key]))
        if found is None:
            row.refuse(key, f"Chưa rõ {quoted(row.values[key])}; chọn tên trong trang Danh mục của tệp mẫu.")
        return found

    @staticmethod
    def _stored(given):
        rows = Disbursement.objects.in_force().select_related("project", "source").filter(
            **{name: given[name] for name in ("project", "source", "kind", "voucher_number", "paid_on")}
        )  # fmt: skip
        return rows.first()

    def _put(self, given, stored):
        if stored:
            fields = {name: given[name] for name in ("amount", "note") if name in given}
            return change_payment(stored, by=self.by, expected_version=stored.version, **fields)
        fields = {name: value for name, value in given.items() if name != "project"}
        return pay(given["project"], by=self.by, source_note=self.reason, **fields)

    def write(self, rows):
        for row in rows:
            row.record_id = self._put(*row.instance).project_id


def _tell(row, refusal):
    """A refusal of the service at its cell."""
    if hasattr(refusal, "error_dict"):
        for key, sentences in refusal.message_dict.items():
            row.refuse(key if key in row.values else "", " ".join(sentences))
    else:
        row.refuse("", " ".join(getattr(refusal, "messages", None) or [str(refusal)]))


class FixedForm(forms.Form):
    """What the sheet does not say of each voucher."""

    kind = forms.ChoiceField(label="Loại chứng từ, khi tệp không ghi", choices=DisbursementKind)
    source = forms.ModelChoiceField(
        FundingSource.objects.filter(category__in=SUPPORT_CATEGORIES), label="Nguồn kinh phí, khi tệp không ghi",
        empty_label=None,
    )  # fmt: skip

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)


def _may(user):
    return None if user.role in PAYERS else f"Việc “Chi tiền” dành cho: {Role.ACCOUNTANT.label}."


def _column(key, label, kind="text", names=(), **more):
    return Column(Field(key, label, kind, names), **more)


def _sources(user):
    return list(FundingSource.objects.filter(category__in=SUPPORT_CATEGORIES).values_list("name", flat=True))


COLUMNS = (
    _column("code", "Mã đề án", "code", ("Mã", "Mã số đề án"), is_needed=True, example="KC26-014"),
    _column("kind", "Loại chứng từ", "choice", ("Loại", "Loại chi", "Nội dung chi"), example="Tạm ứng",
            listed=lambda user: DisbursementKind.labels),
    _column("source", "Nguồn kinh phí", "choice", ("Nguồn", "Nguồn vốn"), example="Khuyến công địa phương",
            listed=_sources),
    _column("amount", "Số tiền", "money", ("Giá trị", "Số tiền chi", "Kinh phí", "Đã giải ngân", "Số giải ngân"),
            is_needed=True, example="210000000"),
    _column("voucher_number", "Số chứng từ", "code", ("Chứng từ", "Số UNC", "Số phiếu", "Số ủy nhiệm chi"),
            is_needed=True, example="UNC 15"),
    _column("paid_on", "Ngày chứng từ", "date", ("Ngày", "Ngày chi", "Ngày giải ngân", "Ngày thanh toán"),
            is_needed=True, example="05/06/2026"),
    _column("note", "Ghi chú", names=("Diễn giải", "Nội dung")),
)  # fmt: skip

PAYMENTS = register(
    ImportKind(
        key="chi-tien",
        label="Chứng từ chi: tạm ứng, thanh toán, hoàn trả",
        noun="chứng từ",
        lead="Sổ chi của các đề án đã có hợp đồng: mỗi dòng một chứng từ, nhận ra theo mã đề án, số và ngày chứng từ.",
        columns=COLUMNS,
        examiner=PaymentExaminer,
        may=_may,
        may_note="Mức tạm ứng, thanh toán, giấy tờ được xét như khi nhập từng chứng từ, theo thứ tự dòng.",
        address=lambda pk: reverse("projects:money", args=[pk]),
        keys=("code",),
        fixed=FixedForm,
    )
)
