"""Levels of support and single figures of the rules, loaded once; an administrator keeps them afterwards.

The levels stand in programs/data/norms.csv, what was read and what was not in norms.md beside it.
"""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import migrations

NORMS = Path(__file__).resolve().parent.parent / "data" / "norms.csv"
CHECK_TT28 = "kiểm tra với TT 64/2024/TT-BTC"
ND45 = "Nghị định 45/2012/NĐ-CP, Điều 4"
TTLT26 = "TTLT 26/2014/TTLT-BTC-BCT, Điều 6"

# Kinds of activity that a level of support names and the catalogue did not hold: code, heading, name, source.
NEW_KINDS = [
    ("STUDY_ABROAD_AIRFARE", "C2", "Vé máy bay khảo sát, học tập ở nước ngoài", f"{TTLT26} khoản 2 điểm e"),
    ("CONTEST_REGION", "C4", "Tổ chức bình chọn sản phẩm tiêu biểu cấp khu vực", f"{TTLT26} khoản 2 điểm g"),
    ("CONTEST_NATION", "C4", "Tổ chức bình chọn sản phẩm tiêu biểu cấp quốc gia", f"{TTLT26} khoản 2 điểm g"),
    ("PRIZE_REGION", "C4", "Thưởng sản phẩm tiêu biểu cấp khu vực", f"{TTLT26} khoản 2 điểm g"),
    ("PRIZE_NATION", "C4", "Thưởng sản phẩm tiêu biểu cấp quốc gia", f"{TTLT26} khoản 2 điểm g"),
    ("COMPETITION", "C4", "Cuộc thi, cuộc vận động về khuyến công", f"{TTLT26} khoản 1 điểm đ"),
    ("ASSOCIATION_REGION", "C7", "Thành lập hội, hiệp hội ngành nghề cấp vùng", f"{TTLT26} khoản 2 điểm l"),
    ("ASSOCIATION_NATION", "C7", "Thành lập hội, hiệp hội ngành nghề cấp quốc gia", f"{TTLT26} khoản 2 điểm l"),
    ("MATERIALS", "C9", "Biên soạn chương trình, giáo trình, tài liệu khuyến công", f"{TTLT26} khoản 1 điểm a"),
    ("IT", "C9", "Ứng dụng công nghệ thông tin", f"{TTLT26} khoản 1 điểm g"),
    ("MGMT_AGENCY", "C9", "Chi quản lý của cơ quan quản lý kinh phí khuyến công", f"{TTLT26} khoản 2 điểm s"),
    ("MGMT_IMPLEMENTER", "C9", "Chi quản lý của đơn vị triển khai đề án", f"{TTLT26} khoản 2 điểm s"),
]
# Codes of the file that are a whole content of Điều 4 in the catalogue; every other one is the code of a kind.
HEADINGS = {"C1_TRAINING": "C1", "C6_MEDIA": "C6"}
# One name of the file, another of the catalogue.
RENAMED = {"RELOCATION_INTEREST": "RELOCATION"}
# The row names both: “Ứng dụng máy móc thiết bị, chuyển giao công nghệ”.
ALSO = {"C3_MACHINERY": "TECH_TRANSFER"}
# Rows about every content: they remind where a content has no level of its own.
ABOUT_ALL = ("PRIORITY", "LOCAL_RULE", "LOCAL_SET")
# Whose resolution a source is; it goes to today's province of the name.
PROVINCES = ("Quảng Trị", "Phú Thọ", "Tuyên Quang")
# Units of the file that are counted; "cơ sở" is per facility, everything else for the project as a whole.
COUNTED = (
    "doanh nghiệp", "mô hình", "lần", "sản phẩm", "thương hiệu", "nhãn hiệu", "hội, hiệp hội", "cụm liên kết",
    "cụm công nghiệp", "hội chợ", "gian hàng", "phòng trưng bày",
)  # fmt: skip
# Rates of something that the project's cost does not tell: unit in the file -> (unit, what the rate is of).
RATE_OF = {
    "cơ sở (tỷ lệ tính trên lãi suất)": ("cơ sở", "lãi suất vốn vay 2 năm đầu"),
    "giá thuê gian hàng": ("", "giá thuê gian hàng"),
    "vé máy bay (số người theo quyết định)": ("", "vé máy bay của số người theo quyết định"),
    "tổng kinh phí khuyến công được giao hằng năm": ("", "tổng kinh phí khuyến công được giao hằng năm"),
    "dự toán đề án khuyến công": ("", "dự toán đề án khuyến công"),
}

TT46 = "Thông tư 46/2012/TT-BCT"
FIGURES = [
    ("duplicate_years", 3, "", False, "Đề xuất: văn bản không nêu số năm; sửa theo quy chế của tỉnh."),
    ("foreign_fairs", 2, f"{TT46}, Điều 4 khoản 1 điểm b", True, ""),
    ("key_contents", 2, "Thông tư 36/2013/TT-BCT, Điều 2 khoản 3", True, ""),
    ("key_months", 12, "Thông tư 36/2013/TT-BCT, Điều 2 khoản 3", True, ""),
    ("sme_labour", 200, "Nghị định 80/2021/NĐ-CP, Điều 5", False,
     "Thông tư 46/2012 dẫn Nghị định 56/2009, đã được thay thế; đối chiếu văn bản đang có hiệu lực."),
    ("sme_capital_billions", 100, "Nghị định 80/2021/NĐ-CP, Điều 5", False,
     "Thông tư 46/2012 dẫn Nghị định 56/2009, đã được thay thế; đối chiếu văn bản đang có hiệu lực."),
]  # fmt: skip


def load(apps, schema_editor):
    contents = apps.get_model("programs", "ActivityContent")
    _add_kinds(contents)
    by_code = {content.code: content for content in contents.objects.all()}
    norm = apps.get_model("programs", "Norm")
    with NORMS.open(newline="", encoding="utf-8") as file:
        rows = [_fields(row, by_code, apps) for row in csv.DictReader(file)]
    norm.objects.bulk_create([norm(**fields) for fields in rows])
    for code, other in ALSO.items():
        named = by_code[code.split("_", 1)[1]]
        norm.objects.bulk_create(
            [norm(**fields | {"content": by_code[other]}) for fields in rows if fields["content"] == named]
        )
    figure = apps.get_model("programs", "RuleFigure")
    for key, value, source, is_verified, note in FIGURES:
        figure.objects.create(key=key, value=value, legal_source=source, is_verified=is_verified, note=note)


def _add_kinds(contents):
    """Add the kinds under their headings and number all entries anew, each kind behind its heading."""
    for code, heading, name, source in NEW_KINDS:
        contents.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "legal_source": source, "parent": contents.objects.get(code=heading), "position": 999,
            },
        )  # fmt: skip
    entries = list(contents.objects.select_related("parent"))
    entries.sort(key=lambda row: ((row.parent or row).position, row.parent_id is not None, row.position, row.pk))
    for position, entry in enumerate(entries, 1):
        contents.objects.filter(pk=entry.pk).update(position=position)


def _fields(row, contents, apps):
    unit, rate_of = RATE_OF.get(row["per_unit_vi"], (row["per_unit_vi"], ""))
    is_tt28 = "28/2018/TT-BTC" in row["source"]
    return {
        "content": _content(row["content_code"], contents),
        "province": _province(row["source"], apps),
        "scope": row["funding_scope"],
        "name": row["content_vi"],
        "rate_percent": Decimal(row["max_rate_percent"]) if row["max_rate_percent"] else None,
        "rate_of": rate_of,
        "cap_amount": int(row["max_amount_vnd"]) if row["max_amount_vnd"] else None,
        "per_unit": unit,
        "basis": "facility" if unit == "cơ sở" else "quantity" if unit in COUNTED else "project",
        "priority_multiplier": Decimal(row["priority_multiplier"]) if row["priority_multiplier"] else None,
        "valid_from": _date(row["effective_from"]),
        "valid_to": _date(row["effective_to"]),
        "legal_source": row["source"],
        "is_verified": row["verified"] == "yes",
        "note": CHECK_TT28 if is_tt28 else "",
    }


def _content(code, contents):
    """The catalogue's entry of a code of the file, e.g. C3_MACHINERY -> MACHINERY; None for rows about all."""
    if code in ABOUT_ALL:
        return None
    kind = code.split("_", 1)[1]
    return contents[HEADINGS.get(code) or RENAMED.get(kind, kind)]


def _province(source, apps):
    name = next((name for name in PROVINCES if f"tỉnh {name}" in source), None)
    if name is None:
        return None
    units = apps.get_model("khuyencong", "AdministrativeUnit").objects
    return units.get(division="new", level="province", short_name=name)


def _date(text):
    return date.fromisoformat(text) if text else None


def unload(apps, schema_editor):
    apps.get_model("programs", "Norm").objects.all().delete()
    keys = [key for key, *_rest in FIGURES]
    apps.get_model("programs", "RuleFigure").objects.filter(key__in=keys).delete()
    codes = [code for code, *_rest in NEW_KINDS]
    apps.get_model("programs", "ActivityContent").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("programs", "0006_norm_fields")]

    operations = [
        migrations.RunPython(load, unload),
    ]  # fmt: skip
