from datetime import date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import QueryDict
from django.utils.html import escape

from beneficiaries.forms import FacilityForm
from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.filters import FilterForm
from khuyencong.forms import (
    LookupField,
    PortalBoundField,
    ReasonField,
    UnitField,
    VersionedFormMixin,
    VnDateField,
    VnDecimalField,
    VndField,
    VndInput,
)
from khuyencong.models import AdministrativeUnit
from tests.factories import FacilityFactory, UserFactory, commune_of, vinh_long


def refusal(field, value):
    """The code of the error that the field answers to the typed value."""
    with pytest.raises(ValidationError) as caught:
        field.clean(value)
    return caught.value.error_list[0].code


# Money


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("300tr", 300_000_000),
        ("1,5 tỷ", 1_500_000_000),
        ("300.000.000", 300_000_000),
        ("300000000", 300_000_000),
        ("0", 0),
        (" 25k ", 25_000),
        ("", None),
        ("  ", None),
        ("\u200b\u00a0", None),
        (None, None),
        (7_000, 7_000),
    ],
)
def test_vnd_field_reads_what_officers_type(typed, amount):
    assert VndField(required=False).clean(typed) == amount


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("-5", "negative"),
        ("một trăm", "unreadable"),
        ("12,5", "fraction"),
        ("9" * 30, "too_large"),
        ("1.000.000.000.000.000", "too_large"),
        ("<b>5</b>", "unreadable"),
        ("5\x00", None),
    ],
)
def test_vnd_field_refuses_what_is_not_an_amount(typed, code):
    if code is None:
        assert VndField().clean(typed) == 5  # an invisible character does not count
    else:
        assert refusal(VndField(), typed) == code


def test_vnd_field_holds_its_limits():
    field = VndField(min_value=1_000, max_value=2_000)
    assert [refusal(field, typed) for typed in ("999", "2001", "")] == ["too_small", "too_large", "required"]
    assert field.clean("2000") == 2_000


@pytest.mark.parametrize(
    ("initial", "data", "changed"),
    [(300_000_000, "300tr", False), (300_000_000, "301tr", True), (None, "", False), (5, "", True), (5, "zzz", True)],
)
def test_vnd_field_compares_amounts_not_texts(initial, data, changed):
    assert VndField(required=False).has_changed(initial, data) is changed


@pytest.mark.django_db
def test_vnd_field_of_a_model_shows_grouped_digits():
    form = forms.modelform_factory(Facility, fields=["capital"], field_classes={"capital": VndField})
    assert form(instance=Facility(capital=1_500_000_000))["capital"].as_widget().count('value="1.500.000.000"') == 1
    assert form(data={"capital": "1,5 tỷ"})["capital"].as_widget().count('value="1,5 tỷ"') == 1


class Money(forms.Form):
    amount = VndField(label="Số tiền")
    quiet = VndField(required=False, with_words=False)


def test_money_input_asks_the_server_for_words_only_where_words_are_shown():
    assert "hx-get" in str(Money()["amount"])
    assert "hx-get" not in str(Money()["quiet"])
    assert VndInput(live=False).attrs["class"] == "input input--money"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("300tr", ("300.000.000", "Ba trăm triệu đồng")), ("", None), ("abc", None), ("0", ("0", "Không đồng"))],
)
def test_bound_money_field_spells_what_was_typed(typed, words):
    assert Money({"amount": typed})["amount"].words == words


def test_unbound_money_field_spells_its_initial_amount():
    assert Money(initial={"amount": 5_000})["amount"].words == ("5.000", "Năm nghìn đồng")
    assert Money()["amount"].words is None


# Dates and quantities


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("05/06/2026", date(2026, 6, 5)),
        ("25-6-2026", date(2026, 6, 25)),
        ("", None),
        ("   ", None),
        (None, None),
        (date(2026, 6, 5), date(2026, 6, 5)),
        (datetime(2026, 6, 5, 8, 0), date(2026, 6, 5)),
    ],
)
def test_date_field_reads_day_first(typed, day):
    assert VnDateField(required=False).clean(typed) == day


@pytest.mark.parametrize(
    ("typed", "code"),
    [("31/02/2025", "unreal"), ("5/6/26", "short_year"), ("hôm qua", "unreadable"), ("1/1/1066", "out_of_range")],
)
def test_date_field_refuses_what_is_no_day(typed, code):
    assert refusal(VnDateField(), typed) == code


def test_date_field_shows_day_first_and_keeps_what_was_typed():
    field = VnDateField()
    assert [field.prepare_value(value) for value in (date(2026, 6, 5), "31/02/2025", None)] == [
        "05/06/2026",
        "31/02/2025",
        None,
    ]
    assert field.has_changed(date(2026, 6, 5), "5/6/2026") is False
    assert field.has_changed(date(2026, 6, 5), "6/6/2026") is True


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2,5", Decimal("2.5")),
        ("1.875", Decimal(1875)),
        ("1.234.567,25", Decimal("1234567.25")),
        ("12 000", Decimal(12000)),
        ("２", Decimal(2)),
        ("0,5", Decimal("0.5")),
        ("-3", Decimal(-3)),
        ("", None),
        (" ", None),
        (Decimal("2.50"), Decimal("2.50")),
    ],
)
def test_decimal_field_reads_a_decimal_comma(typed, number):
    assert VnDecimalField(required=False).clean(typed) == number


@pytest.mark.parametrize("typed", ["0.5", "2.5", "1.23", "1234.567", "1e5", "nan", "1,2,3", "2,", "hai", "0.875", "½"])
def test_decimal_field_refuses_what_could_mean_another_number(typed):
    assert refusal(VnDecimalField(), typed) == "invalid"


def test_decimal_field_holds_the_limits_of_its_column():
    field = VnDecimalField(max_digits=5, decimal_places=2, min_value=0)
    codes = [refusal(field, typed) for typed in ("1.000,25", "1,234", "-1")]
    assert codes == ["max_digits", "max_decimal_places", "min_value"]


def test_decimal_field_shows_every_decimal_that_counts():
    field = VnDecimalField()
    assert [field.prepare_value(value) for value in (Decimal("1875.50"), "2,", None)] == ["1.875,5", "2,", None]


def test_reason_field_asks_for_a_sentence():
    field = ReasonField()
    with pytest.raises(ValidationError) as caught:
        field.clean("  ")
    assert caught.value.messages == ["Nêu lý do."]
    assert refusal(field, "a" * 2001) == "max_length"


# Look-ups


@pytest.fixture
def facility_field():
    def build(**kwargs):
        return LookupField(queryset=Facility.objects.all(), search_url="beneficiaries:options", **kwargs)

    return build


@pytest.mark.django_db
def test_lookup_takes_the_one_row_that_matches(facility_field):
    facility = FacilityFactory(name="Lò gốm Mang Thít")
    FacilityFactory(name="Kẹo dừa Bến Tre")
    field = facility_field()
    assert field.clean("lo gom") == facility
    assert field.clean(" Lò  gốm Mang Thít ") == facility


@pytest.mark.django_db
def test_lookup_prefers_the_exact_label(facility_field):
    exact = FacilityFactory(name="Kẹo dừa An")
    FacilityFactory(name="Kẹo dừa An Phú")
    assert facility_field().clean("Kẹo dừa An") == exact


@pytest.mark.django_db
def test_lookup_asks_when_several_match_unless_it_takes_the_best(facility_field):
    first = FacilityFactory(name="Kẹo dừa A")
    FacilityFactory(name="Kẹo dừa B")
    with pytest.raises(ValidationError) as caught:
        facility_field().clean("keo dua")
    assert caught.value.messages == [
        "Có nhiều kết quả: Kẹo dừa A; Kẹo dừa B. Gõ rõ hơn hoặc chọn trong danh sách gợi ý."
    ]
    assert facility_field(takes_best=True).clean("keo dua") == first


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["không có", "'; DROP TABLE", "<script>", "%", "_"])
def test_lookup_says_when_nothing_matches(facility_field, typed):
    FacilityFactory()
    with pytest.raises(ValidationError, match="Không tìm thấy"):
        facility_field().clean(typed)


@pytest.mark.django_db
def test_lookup_refuses_a_pasted_page_and_nothing_at_all(facility_field):
    assert refusal(facility_field(), "a " * 5000) == "max_length"
    assert refusal(facility_field(), "") == "required"
    assert refusal(facility_field(), "a\x00b") == "null_characters_not_allowed"
    assert facility_field(required=False).clean("") is None


def test_lookup_keeps_off_the_swap_and_the_address_of_the_list_around_it():
    """A filter's form swaps a whole table and pushes its address; both are inherited by what stands in it."""
    html = UnitField().widget.render("dia-ban", "", {"id": "id_dia-ban"})
    assert 'data-hx-target="next .lookup-list" data-hx-swap="innerHTML" data-hx-push-url="false"' in html


@pytest.mark.django_db
def test_lookup_shows_the_label_of_its_row(facility_field):
    facility = FacilityFactory(name="Lò gốm")
    field = facility_field(label_of=lambda row: f"{row} ({row.unit.name})")
    label = f"Lò gốm ({facility.unit.name})"
    shown = [field.prepare_value(value) for value in (facility, facility.pk, "gõ dở", None, 0)]
    assert shown == [label, label, "gõ dở", None, None]
    assert field.clean(label) == facility
    assert field.has_changed(facility.pk, label) is False
    assert field.has_changed(facility.pk, "khác") is True
    assert field.has_changed(None, "") is False


@pytest.mark.django_db
def test_unit_field_reads_old_and_new_places():
    field = UnitField()
    assert field.clean("Tỉnh Vĩnh Long") == vinh_long()
    for typed in ("Huyện Trà Cú, tỉnh Trà Vinh", "huyen tra cu, tinh tra vinh"):
        old = field.clean(typed)
        assert (old.name, old.is_current, old.province) == ("Huyện Trà Cú", False, vinh_long())


@pytest.mark.django_db
def test_unit_field_narrows_to_its_levels():
    field = UnitField(levels=("commune",))
    assert "cap=commune" in field.widget.get_context("unit", "", {"id": "id_unit"})["widget"]["search_url"]
    commune = commune_of(vinh_long())
    assert field.clean(str(commune)) == commune
    with pytest.raises(ValidationError, match="Không tìm thấy"):
        UnitField(levels=("province",)).clean(str(commune))


@pytest.mark.django_db
def test_unit_field_of_one_form_does_not_change_another():
    class Place(forms.Form):
        unit = UnitField(levels=("commune",))

    Place().fields["unit"].widget.query = "cap=province"
    assert Place().fields["unit"].widget.query == "cap=commune"


# Bound fields


class Everything(forms.Form):
    needed = ("asked",)
    text = forms.CharField(help_text="Ví dụ.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    choice = forms.ChoiceField(choices=[("a", "A")], required=False)
    many = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple, required=False)
    one = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect, required=False)
    ticked = forms.BooleanField(required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)
    asked = forms.CharField(required=False)
    styled = forms.CharField(widget=forms.TextInput(attrs={"class": "input input--short"}))


@pytest.mark.parametrize(
    ("name", "css"),
    [
        ("text", "input"),
        ("note", "textarea"),
        ("choice", "select"),
        ("many", None),
        ("one", None),
        ("ticked", None),
        ("secret", None),
        ("styled", None),  # has its own
    ],
)
def test_bound_field_gives_each_kind_of_widget_its_class(name, css):
    assert Everything()[name].build_widget_attrs({}).get("class") == css


def test_bound_field_leaves_the_required_bubble_to_nobody():
    assert " required" not in Everything()["text"].as_widget()


def test_bound_field_ties_hint_and_error_to_the_input():
    assert Everything()["text"].aria_describedby == "id_text_helptext"
    bound = Everything({"text": ""})["text"]
    assert bound.aria_describedby == "id_text_helptext id_text_error"
    assert 'aria-invalid="true"' in str(bound)
    assert Everything()["choice"].aria_describedby is None
    assert Money({"amount": "zzz"})["amount"].aria_describedby == "id_amount_words id_amount_error"


def test_bound_field_calls_optional_only_what_may_really_stay_empty():
    form = Everything()
    assert [form[name].is_optional for name in ("text", "choice", "asked")] == [False, True, False]

    class Quiet(Everything):
        hides_optional = True

    assert Quiet()["choice"].is_optional is False


def test_field_template_shows_label_hint_error_and_words():
    html = Money({"amount": "zzz"})["amount"].as_field_group()
    assert '<label class="label" for="id_amount">Số tiền</label>' in html
    assert 'id="id_amount_error"' in html
    assert "Không đọc được số tiền “zzz”" in html
    assert 'id="id_amount_words"' in html
    assert "không bắt buộc" in Money()["quiet"].as_field_group()


def test_field_template_escapes_what_was_typed():
    html = Money({"amount": "<script>alert(1)</script>"})["amount"].as_field_group()
    assert "<script>" not in html


# Filters


class FacilityFilter(FilterForm):
    q = forms.CharField(label="Tìm", required=False, max_length=5)
    hinh_thuc = forms.ChoiceField(
        label="Hình thức pháp lý", required=False, choices=[("", "Tất cả"), *LegalForm.choices]
    )
    nhieu = forms.MultipleChoiceField(label="Nhiều", required=False, choices=LegalForm.choices)
    chi_mau = forms.BooleanField(label="Chỉ dữ liệu mẫu", required=False)
    tu_ngay = VnDateField(label="Từ ngày", required=False)
    it_nhat = VndField(label="Ít nhất", required=False)
    LABELS = {"hinh_thuc": "Hình thức"}
    SORTS = {"ten": ("sort_key", "pk"), "lao-dong": ("labour_count", "pk")}
    EMPTY_LAST = ("labour_count",)


def filter_of(query):
    return FacilityFilter(QueryDict(query))


def test_filter_field_is_drawn_once_for_each_look(monkeypatch):
    drawn = []
    plain = PortalBoundField.render
    monkeypatch.setattr(PortalBoundField, "render", lambda self, *rest: drawn.append(self.name) or plain(self, *rest))
    monkeypatch.setattr("khuyencong.filters._drawn_fields", {})

    first = str(filter_of("hinh-thuc=sme")["hinh_thuc"].as_field_group())
    again = str(filter_of("hinh-thuc=sme&q=keo")["hinh_thuc"].as_field_group())
    other = str(filter_of("hinh-thuc=artisan")["hinh_thuc"].as_field_group())
    wrong = str(filter_of("hinh-thuc=khac")["hinh_thuc"].as_field_group())

    assert first == again == plain(filter_of("hinh-thuc=sme")["hinh_thuc"])
    assert 'value="sme" selected' in first
    assert 'value="artisan" selected' in other
    assert "field--error" in wrong
    assert drawn == ["hinh_thuc"] * 3


@pytest.mark.parametrize(("empty", "typed"), [("", "q=None"), ("q=", "q=%3Cb%3E")])
def test_filter_field_shows_what_is_typed(empty, typed):
    value = QueryDict(typed)["q"]
    assert f'value="{escape(value)}"' in filter_of(typed)["q"].as_field_group()
    assert f'value="{escape(value)}"' not in filter_of(empty)["q"].as_field_group()


@pytest.mark.django_db
def test_filter_offers_what_a_catalogue_holds_now():
    class TradeFilter(FilterForm):
        nganh = forms.ModelChoiceField(label="Ngành", required=False, queryset=Industry.objects.all())

    assert "Nghề mới" not in TradeFilter(QueryDict())["nganh"].as_field_group()
    Industry.objects.create(code="MOI", name="Nghề mới", short_name="Nghề mới", position=99)
    assert "Nghề mới" in TradeFilter(QueryDict())["nganh"].as_field_group()


def test_filter_tells_what_it_does_in_words():
    query = "q=keo&hinh-thuc=sme&nhieu=sme&nhieu=artisan&chi-mau=on&tu-ngay=5/6/2026&it-nhat=1,5 tỷ"
    assert filter_of(query).describe() == [
        ("q", "Tìm: keo"),
        ("hinh-thuc", "Hình thức: Doanh nghiệp nhỏ và vừa"),
        ("nhieu", "Nhiều: Doanh nghiệp nhỏ và vừa, Nghệ nhân"),
        ("chi-mau", "Chỉ dữ liệu mẫu"),
        ("tu-ngay", "Từ ngày: 05/06/2026"),
        ("it-nhat", "Ít nhất: 1.500.000.000"),
    ]


def test_filter_without_a_wish_says_nothing():
    assert filter_of("").describe() == []
    assert filter_of("q=&hinh-thuc=&sap-xep=ten").describe() == []
    assert FacilityFilter().describe() == []


def test_filter_tells_also_what_it_cannot_read():
    assert filter_of("hinh-thuc=vua&q=quadai").describe() == [
        ("q", "Tìm: “quadai” chưa dùng được"),
        ("hinh-thuc", "Hình thức: “vua” chưa dùng được"),
    ]


def test_filter_chips_come_off_one_by_one_and_lose_the_page():
    chips = filter_of("q=keo&nhieu=sme&nhieu=artisan&sap-xep=-ten&trang=3").chips()
    assert chips == [
        ("Tìm: keo", "nhieu=sme&nhieu=artisan&sap-xep=-ten"),
        ("Nhiều: Doanh nghiệp nhỏ và vừa, Nghệ nhân", "q=keo&sap-xep=-ten"),
    ]


def test_filter_names_its_fields_as_addresses_do():
    html = str(filter_of("")["hinh_thuc"])
    assert 'name="hinh-thuc"' in html
    assert 'id="id_hinh-thuc"' in html
    assert str(filter_of("sap-xep=-ten")["sap_xep"]).count('name="sap-xep" value="-ten"') == 1


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["sort_key", "pk"]),
        ("sap-xep=ten", ["sort_key", "pk"]),
        ("sap-xep=-ten", ["-sort_key", "-pk"]),
        ("sap-xep=lao-dong", [F("labour_count").asc(nulls_last=True), "pk"]),
        ("sap-xep=-lao-dong", [F("labour_count").desc(nulls_last=True), "-pk"]),
        ("sap-xep=created_by__password", ["sort_key", "pk"]),
        ("sap-xep=-", ["sort_key", "pk"]),
        ("sap-xep=--ten", ["sort_key", "pk"]),
    ],
)
def test_filter_orders_by_the_whitelist_only(query, order):
    assert list(filter_of(query).ordered(Facility.objects.all()).query.order_by) == order


@pytest.mark.django_db
@pytest.mark.parametrize(("word", "counts"), [("lao-dong", [3, 9, None]), ("-lao-dong", [9, 3, None])])
def test_filter_puts_empty_values_last_in_either_direction(word, counts):
    for count in (9, None, 3):
        FacilityFactory(labour_count=count)
    rows = filter_of(f"sap-xep={word}").ordered(Facility.objects.all())
    assert list(rows.values_list("labour_count", flat=True)) == counts


# Two people, one record


class Sheet(VersionedFormMixin, forms.ModelForm):
    class Meta:
        model = Facility
        fields = ("name", "legal_form", "labour_count", "capital", "license_on", "is_exporter", "unit", "note")
        field_classes = {"capital": VndField, "license_on": VnDateField}

    unit = UnitField(levels=("commune",))


@pytest.fixture
def facility():
    return FacilityFactory(name="Lò gốm", labour_count=5, capital=1_000, note="dòng 1\r\ndòng 2")


def opened(facility, form_class=Sheet, **kwargs):
    """What the browser posts back when nothing was touched: every field as shown, and as seen."""
    data = {}
    for bound in form_class(instance=Facility.objects.get(pk=facility.pk), **kwargs):
        value = bound.value()
        text = "" if value is None else str(value)
        if not isinstance(value, bool) or value:
            data[bound.html_name] = "on" if value is True else text
        if bound.field.show_hidden_initial:
            data[bound.html_initial_name] = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return data


def typed_after(facility, theirs, mine):
    """The form of a person who opened the facility before `theirs` was stored, and then typed `mine`."""
    data = opened(facility) | mine
    Facility.objects.filter(pk=facility.pk).update(version=facility.version + 1, **theirs)
    form = Sheet(data, instance=Facility.objects.get(pk=facility.pk))
    assert form.is_valid(), form.errors
    return form


def conflicts(form, facility):
    form.show_conflicts(Facility.objects.get(pk=facility.pk))
    return [(row.bound_field.name, row.mine, row.theirs, row.keep) for row in form.conflicts]


@pytest.mark.django_db
def test_versioned_form_carries_version_and_what_was_seen(facility):
    data = opened(facility)
    assert data["version"] == "1"
    assert data["initial-capital"] == "1000"
    assert data["initial-unit"] == str(facility.unit)
    assert Sheet(data, instance=facility).changed_data == []
    assert Sheet()["version"].value() is None


@pytest.mark.django_db
def test_conflict_shows_a_field_that_both_changed(facility):
    form = typed_after(facility, theirs={"labour_count": 7, "capital": 2_000}, mine={"labour_count": "9"})
    assert conflicts(form, facility) == [
        ("labour_count", "9", "7", "mine"),
        ("capital", "1.000", "2.000", "theirs"),
    ]


@pytest.mark.django_db
def test_conflict_is_silent_on_what_only_this_person_changed_and_on_equal_changes(facility):
    form = typed_after(facility, theirs={"labour_count": 9}, mine={"labour_count": "9", "name": "Lò gốm đỏ"})
    assert conflicts(form, facility) == []
    assert form["name"].value() == "Lò gốm đỏ"


@pytest.mark.django_db
def test_conflict_reads_dates_choices_ticks_and_places_as_people_do(facility):
    other = commune_of(vinh_long(), 3)
    mine = {"license_on": "05/06/2026", "legal_form": "artisan", "is_exporter": "on", "unit": str(other)}
    theirs = {"license_on": date(2026, 7, 1), "legal_form": "other", "unit": commune_of(vinh_long(), 4)}
    form = typed_after(facility, theirs=theirs, mine=mine)
    assert conflicts(form, facility) == [
        ("legal_form", "Nghệ nhân", "Loại hình khác", "mine"),
        ("license_on", "05/06/2026", "01/07/2026", "mine"),
        ("unit", str(other), str(theirs["unit"]), "mine"),
    ]


@pytest.mark.django_db
def test_conflict_carries_the_new_version_and_what_is_now_stored(facility):
    form = typed_after(facility, theirs={"labour_count": 7}, mine={"labour_count": "9"})
    conflicts(form, facility)
    assert form["version"].value() == 2
    assert form.data["initial-labour_count"] == "7"
    assert form["labour_count"].value() == "9"


@pytest.mark.django_db
@pytest.mark.parametrize(("choice", "count"), [("theirs", 7), ("mine", 9), ("rubbish", 9)])
def test_conflict_choice_is_applied_on_the_next_post(facility, choice, count):
    data = opened(facility) | {"labour_count": "9", "keep-labour_count": choice}
    facility.labour_count = 7
    form = Sheet(data, instance=facility)
    assert form.is_valid()
    assert form.cleaned_data["labour_count"] == count


@pytest.mark.django_db
def test_conflict_choice_applies_to_ticks_places_and_empty_values(facility):
    theirs = Facility.objects.get(pk=facility.pk)
    mine = {"is_exporter": "on", "unit": str(commune_of(vinh_long(), 5)), "license_on": "05/06/2026"}
    keep = {f"keep-{name}": "theirs" for name in mine}
    form = Sheet(opened(facility) | mine | keep, instance=theirs)
    assert form.is_valid(), form.errors
    assert [form.cleaned_data[name] for name in mine] == [False, facility.unit, None]


@pytest.mark.django_db
def test_conflict_of_an_entry_form_reads_both_amounts(facility):
    user = UserFactory(organisation=facility.owner)
    data = opened(facility, FacilityForm, user=user) | {"labour_count": "9", "capital": "1 tỷ"}
    form = FacilityForm(data, instance=facility, user=user)
    assert form.is_valid(), form.errors
    Facility.objects.filter(pk=facility.pk).update(capital=7_000, version=2)
    assert conflicts(form, facility) == [("capital", "1.000.000.000", "7.000", "mine")]


@pytest.mark.django_db
def test_versioned_form_with_a_prefix_keeps_its_choices_apart(facility):
    data = {f"a-{name}": value for name, value in opened(facility).items()}
    data |= {"a-labour_count": "9", "keep-a-labour_count": "theirs", "keep-labour_count": "mine"}
    form = Sheet(data, instance=facility, prefix="a")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["labour_count"] == 5


def test_lookup_of_units_needs_no_query_to_be_declared():
    assert UnitField().queryset.model is AdministrativeUnit
