"""A list of 10,000 facilities taken in, preview and writing: ours beside the stock import of the same file."""

import time
from io import BytesIO

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from import_export import resources
from import_export.fields import Field
from import_export.widgets import ForeignKeyWidget
from tablib import Dataset

from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.imports.intake import save_columns, start_import
from khuyencong.imports.kinds import KINDS
from khuyencong.imports.preview import make_preview
from khuyencong.imports.writing import confirm, write_import
from khuyencong.models import AdministrativeUnit, ImportMode, ImportStatus, SheetImport, User

ROWS = 10_000
PARTS = 5
COMMUNES = 100
HEAD = (
    "Tên cơ sở", "Mã số thuế", "Hình thức pháp lý", "Xã, phường", "Số nhà, đường, ấp", "Ngành, nghề", "Sản phẩm chính",
    "Người đại diện", "Điện thoại", "Năm thành lập", "Số lao động", "Tổng nguồn vốn (đồng)",
)  # fmt: skip


def sheet_of(count):
    """The bytes of a workbook with so many facilities that no portal has yet."""
    user = officer()
    communes = AdministrativeUnit.objects.communes().filter(division="new", province__in=user.province_ids)
    places = list(communes.values_list("label", flat=True)[:COMMUNES])
    trades = list(Industry.objects.values_list("short_name", flat=True))
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.write_row(0, 0, HEAD)
        for number in range(1, count + 1):
            row = (
                f"Hộ kinh doanh Kẹo dừa {number}", f"086175{number:06d}", "Hộ kinh doanh", places[number % len(places)],
                f"Ấp {number % 9 + 1}", trades[number % len(trades)], "Kẹo dừa, bánh phồng", f"Nguyễn Văn {number}",
                f"0270{number:07d}", 2000 + number % 25, number % 50 + 1, number % 900 * 1_000_000 + 50_000_000,
            )  # fmt: skip
            sheet.write_row(number, 0, row)
    return stream.getvalue()


def officer():
    return User.objects.select_related("organisation").get(username="chuyenvien")


def taken_in(content, user, name="danh-sach.xlsx"):
    """The whole way of a person, without the pages: upload, columns as proposed, preview, writing."""
    taken = previewed(content, user, name)
    confirm(taken, mode=ImportMode.GOOD, by=user)
    taken = _again(taken)
    write_import(taken)
    if (taken.status, taken.done_count) != (ImportStatus.DONE, taken.total_count):
        raise RuntimeError(f"{taken.done_count} of {taken.total_count} rows were written: {taken.error}")
    return taken


def previewed(content, user, name):
    """Upload, columns as proposed, preview."""
    taken = start_import(KINDS["co-so"], SimpleUploadedFile(name, content), by=user)
    proposed = {column["index"]: column["field"] or "" for column in taken.layout["columns"]}
    save_columns(taken, proposed, money_unit=1, given={}, by=user)
    taken = _again(taken)
    make_preview(taken)
    return taken


def _again(taken):
    return SheetImport.objects.select_related("requested_by__organisation", "organisation").get(pk=taken.pk)


class StockResource(resources.ModelResource):
    """What django-import-export offers by itself: one row after the other, no history."""

    name = Field("name", HEAD[0])
    tax_code = Field("tax_code", HEAD[1])
    legal_form = Field("legal_form", HEAD[2])
    unit = Field("unit", HEAD[3], ForeignKeyWidget(AdministrativeUnit, "label"))
    address = Field("address", HEAD[4])
    industry = Field("industry", HEAD[5], ForeignKeyWidget(Industry, "short_name"))
    products = Field("products", HEAD[6])
    representative = Field("representative", HEAD[7])
    phone = Field("phone", HEAD[8])
    established_year = Field("established_year", HEAD[9])
    labour_count = Field("labour_count", HEAD[10])
    capital = Field("capital", HEAD[11])

    class Meta:
        model = Facility
        import_id_fields = ("tax_code",)
        skip_unchanged = True

    def __init__(self, user):
        super().__init__()
        self.user = user

    def before_save_instance(self, instance, row, **kwargs):
        instance.legal_form = LegalForm.HOUSEHOLD
        instance.owner, instance.created_by, instance.updated_by = self.user.organisation, self.user, self.user


def stock_import(content, user):
    data = Dataset().load(BytesIO(content), "xlsx")
    resource = StockResource(user)
    resource.import_data(data, dry_run=True, raise_errors=True)
    resource.import_data(data, raise_errors=True)


def undone(act):
    """The act in a transaction that is taken back, so that every round finds the same portal."""
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


def xlsx_import():
    """(ours, peer, peer_name): all rows at once beside a fifth of them, five times; each says its seconds.

    The stock import takes the same time for every row, so that nobody has to wait for all of them.
    """
    user = officer()
    content, part = sheet_of(ROWS), sheet_of(ROWS // PARTS)
    return (
        lambda: seconds_of(lambda: taken_in(content, user)),
        lambda: seconds_of(lambda: stock_import(part, user)) * PARTS,
        f"stock import, {ROWS // PARTS} rows × {PARTS}",
    )


def seconds_of(act):
    started = time.perf_counter()
    undone(act)
    return time.perf_counter() - started
