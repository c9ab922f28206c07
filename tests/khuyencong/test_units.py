from collections import Counter

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertTemplateUsed

from khuyencong.data.units.load import load_units, unload_units
from khuyencong.models import AdministrativeUnit, Division, UnitAlias, UnitLevel, UnitSuccession
from khuyencong.unit_names import name_in_sentence, short_name_of, spelled_out
from khuyencong.units import current_province, describe_today, find_units, other_names, units_within
from programs.models import Norm
from tests.factories import OrganisationFactory, UserFactory

UNITS = AdministrativeUnit.objects
pytestmark = pytest.mark.django_db


def unit(label):
    return UNITS.get(label=label)


def labels(units):
    return {str(found) for found in units}


def first(text, **narrowed):
    return str(find_units(text, **narrowed)[0])


# ---- What the migration loaded


def test_register_counts_units_of_both_divisions():
    counts = Counter(UNITS.values_list("division", "level"))
    ended_earlier = UNITS.filter(division=Division.OLD, valid_to=None) | UNITS.filter(valid_to="2024-12-31")
    earlier = Counter(ended_earlier.values_list("level", flat=True))

    assert counts["new", "province"] == 34
    assert counts["new", "commune"] == 3321
    assert counts["old", "province"] == 63
    assert counts["old", "district"] - earlier["district"] == 696
    assert counts["old", "commune"] - earlier["commune"] == 10035
    assert earlier == {"district": 11, "commune": 567}
    assert sum(counts.values()) == 14_727


def test_register_counts_kinds_of_communes():
    kinds = Counter(UNITS.communes().filter(division=Division.NEW).values_list("kind", flat=True))
    assert kinds == {"Xã": 2621, "Phường": 687, "Đặc khu": 13}


def test_register_holds_every_succession_and_other_name():
    assert UnitSuccession.objects.count() == 16_271
    assert Counter(UnitAlias.objects.values_list("relation", flat=True)) == {"earlier": 748, "absorbed": 9, "later": 25}


def test_every_unit_lies_in_a_province_of_today():
    todays = UNITS.provinces()
    assert not UNITS.exclude(province__in=todays).exists()
    assert not todays.exclude(province=F("pk")).exists()


def test_current_communes_lie_in_the_province_above_them():
    communes = UNITS.communes().filter(division=Division.NEW).select_related("parent", "province")
    assert {commune for commune in communes if commune.parent != commune.province} == set()


def test_every_old_unit_has_successors_in_its_province_of_today():
    ended = UNITS.filter(division=Division.OLD)
    links = UnitSuccession.objects.values_list("predecessor__province", "successor__province")
    assert not ended.filter(successors=None).exists()
    assert {(before, after) for before, after in links if before != after} == set()


def test_old_units_have_ended_and_those_of_today_have_not():
    ended = set(UNITS.values_list("division", "has_ended"))
    assert ended == {(Division.OLD, True), (Division.NEW, False)}


@pytest.mark.parametrize(
    ("division", "level", "code", "label"),
    [
        ("new", "province", "86", "Tỉnh Vĩnh Long"),
        ("old", "province", "86", "Tỉnh Vĩnh Long (cũ)"),
        ("new", "commune", "29461", "Xã Trà Cú, tỉnh Vĩnh Long"),
        ("old", "district", "849", "Huyện Trà Cú, tỉnh Trà Vinh"),
        ("old", "commune", "29461", "Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh"),
        ("old", "commune", "27226", "Phường 11, Quận 11, Thành phố Hồ Chí Minh"),
        # The name went to another code when they were merged.
        ("old", "commune", "27217", "Phường 11, Quận 11, Thành phố Hồ Chí Minh (trước khi sắp xếp)"),
        # It ended while its district and its province had other names than in June 2025.
        ("old", "commune", "26701", "Xã Lộc An, huyện Đất Đỏ, tỉnh Bà Rịa - Vũng Tàu"),
        ("old", "district", "483", "Huyện Nam Đông, tỉnh Thừa Thiên Huế"),
    ],
)
def test_label_names_one_unit(division, level, code, label):
    assert unit(label) == UNITS.get(division=division, level=level, code=code)


@pytest.mark.parametrize(
    ("code", "before", "today"),
    [("80", "Long An", "Tây Ninh"), ("82", "Tiền Giang", "Đồng Tháp"), ("91", "Kiên Giang", "An Giang")],
)
def test_code_of_a_province_means_another_one_today(code, before, today):
    old = UNITS.get(division=Division.OLD, level=UnitLevel.PROVINCE, code=code)
    new = UNITS.get(division=Division.NEW, level=UnitLevel.PROVINCE, code=code)

    assert (old.short_name, new.short_name) == (before, today)
    assert current_province(old) == new


@pytest.mark.parametrize(
    ("before", "today"),
    [
        ("Tỉnh Sóc Trăng (cũ)", "Thành phố Cần Thơ"),
        ("Tỉnh Trà Vinh (cũ)", "Tỉnh Vĩnh Long"),
        ("Tỉnh Bà Rịa - Vũng Tàu (cũ)", "Thành phố Hồ Chí Minh"),
        ("Tỉnh Yên Bái (cũ)", "Tỉnh Lào Cai"),
        ("Tỉnh Nam Định (cũ)", "Tỉnh Ninh Bình"),
        ("Huyện Trà Cú, tỉnh Trà Vinh", "Tỉnh Vĩnh Long"),
        ("Xã Lộc An, huyện Đất Đỏ, tỉnh Bà Rịa - Vũng Tàu", "Thành phố Hồ Chí Minh"),
        ("Xã Phú An Hòa, huyện Châu Thành, tỉnh Bến Tre", "Tỉnh Vĩnh Long"),
        ("Xã Trà Cú, tỉnh Vĩnh Long", "Tỉnh Vĩnh Long"),
        ("Tỉnh Vĩnh Long", "Tỉnh Vĩnh Long"),
    ],
)
def test_current_province_is_the_one_on_the_ground(before, today):
    assert str(current_province(unit(before))) == today


def test_related_names_hold_the_places_of_the_other_division():
    assert set(unit("Phường Tam Long, Thành phố Hồ Chí Minh").related_names.split("; ")) == {
        "Phường Long Tâm, thành phố Bà Rịa, tỉnh Bà Rịa - Vũng Tàu",
        "Xã Hòa Long, thành phố Bà Rịa, tỉnh Bà Rịa - Vũng Tàu",
        "Xã Long Phước, thành phố Bà Rịa, tỉnh Bà Rịa - Vũng Tàu",
    }
    assert unit("Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh").related_names == "Xã Trà Cú, tỉnh Vĩnh Long"
    assert unit("Huyện Trà Cú, tỉnh Trà Vinh").related_names == "Tỉnh Vĩnh Long"
    assert unit("Tỉnh Vĩnh Long").related_names == "Tỉnh Bến Tre (cũ); Tỉnh Trà Vinh (cũ); Tỉnh Vĩnh Long (cũ)"


def test_related_names_hold_the_former_name_of_the_district():
    assert "Huyện Đất Đỏ" in unit("Xã Phước Hải, Thành phố Hồ Chí Minh").related_names.split("; ")


def test_saving_a_unit_keeps_the_keys_that_were_loaded():
    sample = UNITS.filter(code__in=["849", "753", "46", "26701", "26368", "27217"])
    before = set(sample.values_list("label", "search_key", "sort_key"))
    for each in sample:
        each.save()
    assert set(sample.values_list("label", "search_key", "sort_key")) == before


def test_saving_another_name_makes_the_unit_found_by_it():
    commune = unit("Xã Mỏ Cày, tỉnh Vĩnh Long")
    UnitAlias.objects.create(unit=commune, name="Phường Mỏ Cày Mới", relation="later", parent=commune.parent)
    assert find_units("mo cay moi") == [commune]


def test_register_unloads_and_loads_again():
    rows = UNITS.values_list("division", "level", "code", "label", "parent__label", "province__label", "related_names")
    before = set(rows)
    Norm.objects.exclude(province=None).delete()  # levels of one province were loaded later, so they go first
    unload_units(apps, Editor)
    assert (UNITS.count(), UnitSuccession.objects.count(), UnitAlias.objects.count()) == (0, 0, 0)

    load_units(apps, Editor)
    assert set(rows) == before


class Editor:
    """As much of a schema editor as loading asks for."""

    connection = connection


# ---- Names


@pytest.mark.parametrize(
    ("name", "short_name"),
    [("Huyện Trà Cú", "Trà Cú"), ("Thị xã Phú Mỹ", "Phú Mỹ"), ("Phường 1", "Phường 1"), ("Xã Xã Mới", "Xã Mới")],
)
def test_short_name_of_drops_the_type_word(name, short_name):
    assert short_name_of(name) == short_name


def test_short_names_of_the_register_are_those_of_their_names():
    names = UNITS.values_list("name", "short_name")
    assert [(name, short_name) for name, short_name in names if short_name_of(name) != short_name] == []


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Xã Trà Cú", "xã Trà Cú"),
        ("Đặc khu Côn Đảo", "đặc khu Côn Đảo"),
        ("Thành phố Cần Thơ", "thành phố Cần Thơ"),
        ("Quận 1", "Quận 1"),
        ("Thành phố Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
    ],
)
def test_name_in_sentence_follows_the_rules_of_spelling(name, inside):
    assert name_in_sentence(name) == inside


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("TT. Trà Cú, H. Trà Cú", "thị trấn trà cú, huyện trà cú"),
        ("h trà cú, t trà vinh", "huyện trà cú, tỉnh trà vinh"),
        ("x.Mỹ Long", "xã mỹ long"),
        ("P5 Q10 TP.HCM", "phường 5 quận 10 thành phố hồ chí minh"),
        ("tphcm", "thành phố hồ chí minh"),
        ("tp bến tre", "thành phố bến tre"),
        ("Sóc Trăng (cũ)", "sóc trăng"),
        ("sóc trăng cũ", "sóc trăng"),
        ("t", "t"),
        ("Ea H'Leo", "ea h'leo"),
    ],
)
def test_spelled_out_writes_abbreviations_in_full(typed, spelled):
    assert spelled_out(typed).strip() == spelled


# ---- Search


@pytest.mark.parametrize(
    "typed", ["tra cu", "Trà Cú", "TRÀ CÚ", "  trà   cú ", "Tra\u0300 Cu\u0301", "tra cu tra vinh"]
)
def test_find_units_puts_the_commune_of_today_before_the_old_ones(typed):
    assert list(map(str, find_units(typed, limit=3))) == [
        "Xã Trà Cú, tỉnh Vĩnh Long",
        "Huyện Trà Cú, tỉnh Trà Vinh",
        "Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh",
    ]


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("my long", "Xã Mỹ Long, tỉnh Vĩnh Long"),
        ("my long cau ngang", "Thị trấn Mỹ Long, huyện Cầu Ngang, tỉnh Trà Vinh"),
        ("cầu ngang, thị trấn mỹ long", "Thị trấn Mỹ Long, huyện Cầu Ngang, tỉnh Trà Vinh"),
        ("ba ria – vung tau", "Tỉnh Bà Rịa - Vũng Tàu (cũ)"),
        ("Bà Rịa-Vũng Tàu", "Tỉnh Bà Rịa - Vũng Tàu (cũ)"),
        ("ba ria vung tau", "Tỉnh Bà Rịa - Vũng Tàu (cũ)"),
        ("dat do", "Xã Đất Đỏ, Thành phố Hồ Chí Minh"),
        ("huyen dat do", "Huyện Long Đất, tỉnh Bà Rịa - Vũng Tàu"),
        ("loc an dat do", "Xã Lộc An, huyện Đất Đỏ, tỉnh Bà Rịa - Vũng Tàu"),
        ("h. tra cu", "Huyện Trà Cú, tỉnh Trà Vinh"),
        ("tt trà cú", "Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh"),
        ("vinh long", "Tỉnh Vĩnh Long"),
        ("sóc trăng cũ", "Tỉnh Sóc Trăng (cũ)"),
        ("tp.hcm", "Thành phố Hồ Chí Minh"),
        ("q1", "Quận 1, Thành phố Hồ Chí Minh"),
        ("quan 9", "Thành phố Thủ Đức, Thành phố Hồ Chí Minh"),
        ("thua thien hue", "Thành phố Huế (cũ)"),
        ("hoa lu", "Phường Hoa Lư, tỉnh Ninh Bình"),
        ("ea hleo", "Xã Ea H'Leo, tỉnh Đắk Lắk"),
        ("ea h leo", "Xã Ea H'Leo, tỉnh Đắk Lắk"),
    ],
)
def test_find_units_finds_names_as_people_type_them(typed, label):
    assert first(typed) == label


@pytest.mark.parametrize(
    "label", ["Tỉnh Vĩnh Long", "Tỉnh Vĩnh Long (cũ)", "Thị trấn Mỹ Long, huyện Cầu Ngang, tỉnh Trà Vinh"]
)
def test_find_units_puts_the_very_label_first(label):
    assert first(label) == label


def test_find_units_prefers_the_accents_that_were_typed():
    found = [each.short_name for each in find_units("Thạnh Phú", limit=60)]
    assert found.index("Thanh Phú") > max(place for place, name in enumerate(found) if name == "Thạnh Phú")


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("mo cay", "Xã Mỏ Cày, tỉnh Vĩnh Long"),
        ("Mỏ Cày", "Xã Mỏ Cày, tỉnh Vĩnh Long"),
        ("long an", "Xã Long An, huyện Long Hồ, tỉnh Vĩnh Long"),
        ("an phu t", "Xã An Phú Tân, tỉnh Vĩnh Long"),
        ("ha noi", "Thành phố Hà Nội"),
        ("Xã Mỏ Cày, tỉnh Quảng Ngãi", "Xã Mỏ Cày, tỉnh Quảng Ngãi"),
        ("Thạnh Phú", "Xã Thạnh Phú, tỉnh Vĩnh Long"),
    ],
)
def test_find_units_puts_names_of_the_own_provinces_first(typed, best):
    assert str(find_units(typed, near=[unit("Tỉnh Vĩnh Long").pk], limit=1)[0]) == best


def test_find_units_of_the_own_provinces_keep_their_order():
    near = [unit("Tỉnh Vĩnh Long").pk]
    assert list(map(str, find_units("mo cay", levels=["commune"], near=near, limit=3))) == [
        "Xã Mỏ Cày, tỉnh Vĩnh Long",
        "Thị trấn Mỏ Cày, huyện Mỏ Cày Nam, tỉnh Bến Tre",
        "Xã Mỏ Cày, tỉnh Quảng Ngãi",
    ]


def test_find_units_takes_words_from_their_beginning_only():
    assert "Đất Đỏ" not in {each.short_name for each in find_units("at o", limit=1000)}


@pytest.mark.parametrize("typed", ["", "   ", "???", "(cũ)", "khong co noi nay"])
def test_find_units_answers_nothing_with_nothing(typed):
    assert find_units(typed) == []


def test_find_units_narrows_to_levels_and_division():
    assert first("tra cu", levels=[UnitLevel.DISTRICT]) == "Huyện Trà Cú, tỉnh Trà Vinh"
    assert first("vinh long", division=Division.OLD) == "Tỉnh Vĩnh Long (cũ)"
    assert {each.level for each in find_units("vinh long", levels=["district", "commune"])} == {"district", "commune"}


def test_find_units_keeps_to_its_limit():
    assert len(find_units("xa", limit=7)) == 7


@pytest.mark.parametrize("limit", [1, 3])
def test_find_units_query_count_is_constant(limit, django_assert_num_queries):
    with django_assert_num_queries(4):  # units, links, other names, their successors
        found = find_units("dat do", limit=limit + 1)
        notes = [(describe_today(each), other_names(each), current_province(each)) for each in found]
    assert len(notes) == limit + 1


# ---- Where it is now


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        (
            "Huyện Trà Cú, tỉnh Trà Vinh",
            "Nay thuộc tỉnh Vĩnh Long: "
            "xã Đại An, xã Hàm Giang, xã Long Hiệp, xã Lưu Nghiệp Anh, xã Tập Sơn, xã Trà Cú.",
        ),
        ("Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh", "Nay thuộc xã Trà Cú, tỉnh Vĩnh Long."),
        ("Xã Bình Châu, huyện Xuyên Mộc, tỉnh Bà Rịa - Vũng Tàu", "Nay là xã Bình Châu, Thành phố Hồ Chí Minh."),
        (
            "Phường An Phú, thành phố Thủ Đức, Thành phố Hồ Chí Minh",
            "Đã chia về phường An Khánh và phường Bình Trưng, Thành phố Hồ Chí Minh.",
        ),
        (
            "Xã Lộc An, huyện Đất Đỏ, tỉnh Bà Rịa - Vũng Tàu",
            "Nay thuộc xã Phước Hải, Thành phố Hồ Chí Minh (toàn bộ hoặc phần lớn).",
        ),
        ("Xã Phú An Hòa, huyện Châu Thành, tỉnh Bến Tre", "Nay thuộc tỉnh Vĩnh Long."),
        ("Huyện Côn Đảo, tỉnh Bà Rịa - Vũng Tàu", "Nay thuộc Thành phố Hồ Chí Minh: đặc khu Côn Đảo."),
        ("Tỉnh Sóc Trăng (cũ)", "Nay thuộc thành phố Cần Thơ."),
        ("Tỉnh Thanh Hóa (cũ)", "Nay là tỉnh Thanh Hóa."),
        ("Xã Trà Cú, tỉnh Vĩnh Long", ""),
    ],
)
def test_describe_today_says_where_a_unit_is_now(label, sentence):
    assert describe_today(unit(label)) == sentence


@pytest.mark.parametrize(
    ("label", "count"),
    [
        ("Huyện Trà Cú, tỉnh Trà Vinh", 6),
        ("Huyện Châu Thành, tỉnh Trà Vinh", 7),
        ("Huyện Càng Long, tỉnh Trà Vinh", 5),
        ("Huyện Xuyên Mộc, tỉnh Bà Rịa - Vũng Tàu", 6),
    ],
)
def test_district_went_into_communes(label, count):
    assert unit(label).successors.communes().count() == count


def test_communes_of_a_town_went_into_one_ward():
    sources = [
        "Xã Hòa Long, thành phố Bà Rịa, tỉnh Bà Rịa - Vũng Tàu",
        "Xã Long Phước, thành phố Bà Rịa, tỉnh Bà Rịa - Vũng Tàu",
    ]
    heirs = UNITS.filter(predecessors__label__in=sources)
    assert labels(heirs) == {"Phường Tam Long, Thành phố Hồ Chí Minh"}


@pytest.mark.parametrize(
    ("label", "names"),
    [
        (
            "Huyện Long Đất, tỉnh Bà Rịa - Vũng Tàu",
            ["trước là huyện Đất Đỏ đến 31/12/2024 (nay là xã Đất Đỏ và xã Phước Hải)"],
        ),
        ("Thành phố Huế (cũ)", ["trước là tỉnh Thừa Thiên Huế đến 31/12/2024"]),
        ("Thành phố Hạ Long, tỉnh Quảng Ninh", ["gồm cả huyện Hoành Bồ cũ"]),
        ("Thị trấn Long Hải, huyện Long Đất, tỉnh Bà Rịa - Vũng Tàu", ["trước thuộc huyện Long Điền"]),
        ("Thành phố Phú Mỹ, tỉnh Bà Rịa - Vũng Tàu", ["trước là thị xã Phú Mỹ"]),
        ("Xã Long Thành, tỉnh Đồng Nai", ["từ 30/04/2026 là phường Long Thành theo 237/NQ-UBTVQH16 (14/04/2026)"]),
        (
            "Tỉnh Bắc Ninh",
            ["là thành phố Bắc Ninh theo 39/2026/QH16 (24/08/2026); mới biết qua một nguồn, cần đối chiếu văn bản"],
        ),
        ("Xã Trà Cú, tỉnh Vĩnh Long", []),
    ],
)
def test_other_names_tell_former_and_later_names(label, names):
    assert other_names(unit(label)) == names


def test_changes_known_from_one_list_only_are_marked():
    later = UnitAlias.objects.filter(relation="later")
    assert later.filter(needs_check=True).count() == 14
    assert set(later.filter(needs_check=False).values_list("unit__province__label", flat=True)) == {"Tỉnh Đồng Nai"}
    assert not UnitAlias.objects.exclude(relation="later").filter(needs_check=True).exists()


# ---- What lies in it


def test_units_within_a_province_of_today_are_all_on_its_ground():
    within = labels(units_within(unit("Tỉnh Vĩnh Long")))
    assert {
        "Tỉnh Vĩnh Long", "Tỉnh Trà Vinh (cũ)", "Huyện Trà Cú, tỉnh Trà Vinh",
        "Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh", "Xã Trà Cú, tỉnh Vĩnh Long",
        "Xã Phú An Hòa, huyện Châu Thành, tỉnh Bến Tre",
    } <= within  # fmt: skip
    assert within.isdisjoint({"Thành phố Cần Thơ", "Tỉnh Sóc Trăng (cũ)"})


def test_units_within_an_old_province_hold_its_districts_and_the_communes_of_today():
    within = units_within(unit("Tỉnh Trà Vinh (cũ)"))
    assert Counter(within.values_list("division", "level"))["old", "district"] == 9
    assert {
        "Tỉnh Trà Vinh (cũ)", "Huyện Trà Cú, tỉnh Trà Vinh", "Thị trấn Trà Cú, huyện Trà Cú, tỉnh Trà Vinh",
        "Xã Trà Cú, tỉnh Vĩnh Long",
    } <= labels(within)  # fmt: skip
    assert labels(within).isdisjoint({"Tỉnh Vĩnh Long", "Tỉnh Bến Tre (cũ)", "Xã Mỏ Cày, tỉnh Vĩnh Long"})


def test_units_within_an_unmerged_old_province_hold_the_province_of_today():
    assert unit("Tỉnh Thanh Hóa") in units_within(unit("Tỉnh Thanh Hóa (cũ)"))


def test_units_within_an_old_district_hold_its_communes_old_and_new():
    district = unit("Huyện Trà Cú, tỉnh Trà Vinh")
    within = units_within(district)
    assert set(within.filter(division=Division.OLD)) == {district, *district.children.all()}
    assert set(within.filter(division=Division.NEW)) == set(district.successors.communes())


def test_units_within_an_old_district_hold_communes_that_left_it():
    within = units_within(unit("Huyện Long Điền, tỉnh Bà Rịa - Vũng Tàu"))
    assert "Thị trấn Long Hải, huyện Long Đất, tỉnh Bà Rịa - Vũng Tàu" in labels(within)


def test_units_within_a_commune_of_today_hold_the_old_communes_it_was_made_of():
    commune = unit("Phường Tam Long, Thành phố Hồ Chí Minh")
    assert labels(units_within(commune)) == {str(commune), *commune.related_names.split("; ")}


def test_units_within_a_commune_of_today_leave_out_the_larger_district():
    within = labels(units_within(unit("Xã Trà Cú, tỉnh Vĩnh Long")))
    assert "Huyện Trà Cú, tỉnh Trà Vinh" not in within
    assert "Huyện Côn Đảo, tỉnh Bà Rịa - Vũng Tàu" in labels(
        units_within(unit("Đặc khu Côn Đảo, Thành phố Hồ Chí Minh"))
    )


def test_units_within_an_island_hold_the_district_that_it_was():
    within = labels(units_within(unit("Đặc khu Côn Đảo, Thành phố Hồ Chí Minh")))
    assert within == {"Đặc khu Côn Đảo, Thành phố Hồ Chí Minh", "Huyện Côn Đảo, tỉnh Bà Rịa - Vũng Tàu"}


def test_units_within_an_old_commune_hold_every_heir():
    commune = unit("Phường An Phú, thành phố Thủ Đức, Thành phố Hồ Chí Minh")
    assert labels(units_within(commune)) == {
        str(commune), "Phường An Khánh, Thành phố Hồ Chí Minh", "Phường Bình Trưng, Thành phố Hồ Chí Minh",
    }  # fmt: skip


@pytest.mark.parametrize("label", ["Tỉnh Vĩnh Long", "Tỉnh Trà Vinh (cũ)", "Xã Trà Cú, tỉnh Vĩnh Long"])
def test_units_within_is_part_of_one_query(label, django_assert_num_queries):
    whole = unit(label)
    with django_assert_num_queries(1):
        assert whole in list(UNITS.filter(pk__in=units_within(whole)))


# ---- The page


@pytest.fixture
def reader(client):
    client.force_login(UserFactory())
    return client


def search(reader, **query):
    return reader.get(reverse("unit_search"), query)


def test_unit_search_shows_where_each_unit_is_now(reader):
    page = search(reader, q="tra cu")
    assertTemplateUsed(page, "units/unit_search.html")
    assertContains(page, "Nay thuộc tỉnh Vĩnh Long: xã Đại An")
    assertContains(page, "đến 30/06/2025")
    assertContains(page, "từ 01/07/2025")


def test_unit_search_starts_without_results(reader):
    assertNotContains(search(reader), "<tbody>")


def test_unit_search_says_what_to_do_when_nothing_matches(reader):
    assertContains(search(reader, q="khong co noi nay"), "Không có đơn vị nào khớp")


def test_unit_search_says_that_there_is_more(reader):
    assertContains(search(reader, q="xa"), "50 đơn vị gần nhất")


def test_unit_search_narrows_to_a_level(reader):
    page = search(reader, q="tra cu", cap="district")
    assert labels(result for result, _today, _names in page.context["results"]) == {
        "Huyện Trà Cú, tỉnh Trà Vinh", "Huyện Cù Lao Dung, tỉnh Sóc Trăng",
    }  # fmt: skip
    assertContains(page, '<option value="district" selected>', html=False)


def test_unit_search_escapes_what_was_typed(reader):
    assertNotContains(search(reader, q="<b>tra"), "<b>tra")


@pytest.mark.parametrize("typed", ["Xã Mỏ Cày, tỉnh Vĩnh Long", "tra cu"])
def test_unit_search_query_count_is_constant(reader, typed, django_assert_max_num_queries):
    # session, user, organisation, its provinces; units, links, names, their successors
    with django_assert_max_num_queries(8):
        search(reader, q=typed)


def test_unit_search_answers_a_look_up_field_with_options(reader):
    answer = reader.get(reverse("unit_search"), {"cap": "commune", "unit": "tra cu"}, headers={"HX-Request": "true"})
    assertTemplateUsed(answer, "components/options.html")
    assertContains(answer, 'data-value="Xã Trà Cú, tỉnh Vĩnh Long"')
    assertContains(answer, "<small>Nay thuộc xã Trà Cú, tỉnh Vĩnh Long.</small>", html=True)
    assertNotContains(answer, 'data-value="Huyện Trà Cú, tỉnh Trà Vinh"')
    assertNotContains(answer, "<html")


@pytest.mark.parametrize(
    ("kind", "place"), [("provincial_centre", "tỉnh Vĩnh Long"), ("ministry_dept", "tỉnh Quảng Ngãi")]
)
def test_unit_search_puts_the_readers_own_province_first(client, kind, place):
    body = OrganisationFactory(kind=kind, areas=[unit("Tỉnh Vĩnh Long")])
    client.force_login(UserFactory(organisation=body))
    page = search(client, q="mo cay")
    assert str(page.context["results"][0][0]) == f"Xã Mỏ Cày, {place}"
    suggested = client.get(reverse("unit_search"), {"unit": "mo cay"}, headers={"HX-Request": "true"})
    assert suggested.context["options"][0][0] == f"Xã Mỏ Cày, {place}"
