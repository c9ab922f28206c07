from datetime import date, datetime

import pytest
from django import forms

from khuyencong.exchange import FieldWidget, NameWidget, TextWidget
from khuyencong.forms import VnDateField, VndField


@pytest.mark.parametrize("text", ["Lò gốm", "=1+1", "+84 270", "-5", "@cmd", "'nháy", "", "12'"])
def test_text_comes_back_as_it_went_and_never_as_a_formula(text):
    widget = TextWidget()
    cell = widget.render(text)
    assert cell[:1] not in ("=", "+", "-", "@")
    assert widget.clean(cell) == text


@pytest.mark.parametrize(("cell", "text"), [(None, None), ("  ", None), (12, "12"), (" a\u200b  b ", "a b")])
def test_text_is_read_in_one_form(cell, text):
    assert TextWidget(empty=None).clean(cell) == text


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        (VndField(required=False), "1,5 tỷ", 1_500_000_000),
        (VndField(required=False), 1_500_000_000.0, 1_500_000_000),
        (VndField(required=False), None, None),
        (VnDateField(required=False), "05/06/2026", date(2026, 6, 5)),
        (VnDateField(required=False), datetime(2026, 6, 5, 0, 0), date(2026, 6, 5)),
        (forms.IntegerField(required=False), 12.0, 12),
        (forms.IntegerField(required=False), "", None),
    ],
)
def test_field_widget_reads_a_cell_as_the_form_does(field, cell, value):
    assert FieldWidget(field).clean(cell) == value


@pytest.mark.parametrize(
    ("field", "cell"),
    [(VndField(), "-5"), (VndField(), 12.5), (VnDateField(), "31/02/2026"), (forms.IntegerField(), "nhiều")],
)
def test_field_widget_refuses_what_the_form_refuses(field, cell):
    with pytest.raises(ValueError, match=r"\w"):
        FieldWidget(field).clean(cell)


def test_field_widget_gives_text_to_csv_and_values_to_spreadsheets():
    widget = FieldWidget(VnDateField())
    day = date(2026, 6, 5)
    assert (widget.render(day), widget.render(day, force_native_type=True)) == ("05/06/2026", day)
    assert (widget.render(None), widget.render(None, force_native_type=True)) == ("", "")


def test_name_widget_finds_by_name_without_accents():
    widget = NameWidget("loại", lambda: [("sme", "Doanh nghiệp"), ("coop", "Hợp tác xã")])
    assert [widget.clean(cell) for cell in ("Doanh nghiệp", "hop tac xa", "", None)] == ["sme", "coop", None, None]
    assert [widget.render(value) for value in ("coop", None)] == ["Hợp tác xã", ""]
    with pytest.raises(ValueError, match="Không có loại “Tập đoàn”. Ghi đúng tên, ví dụ: Doanh nghiệp; Hợp tác xã."):
        widget.clean("Tập đoàn")
