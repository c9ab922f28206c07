"""The index of words follows every row, whichever way it was written."""

import pytest
from django.core.management import call_command
from django.db import connection

from beneficiaries.models import Facility
from khuyencong import search_index
from khuyencong.models import SearchEntry
from khuyencong.search_query import SHORT, Token, asked, needs
from projects.models import Beneficiary, Contract, HandoverEvent, Project
from tests import stories
from tests.factories import FacilityFactory

pytestmark = pytest.mark.django_db


def pks(model, text):
    return sorted(row.pk for row in model.objects.matching(text))


def test_words_are_met_by_their_beginning_their_short_form_or_with_the_lost_zero():
    assert needs("Mỹ p.5") == [[[Token("my")]], [[Token("p", True)], [Token("phuong")]], [[Token("5", True)]]]
    [tax_code] = needs("314409058")
    assert tax_code == [[Token("314409058")], [Token("0314409058")]]
    assert needs("công ty Mỹ")[0] == [[Token("cong"), Token("ty")], [Token("cty", True)]]
    assert needs("10/QĐ-UBND") == [[[Token(word, True)]] for word in ("10", "qd", "ubnd")]
    assert needs("–/ ' %") == []


@pytest.mark.parametrize("short", [short for short, words in SHORT.items() if " " in words])
def test_short_form_and_its_words_find_each_other(short):
    assert [Token(short, True)] in needs(SHORT[short])[0]
    assert [Token(word) for word in SHORT[short].split()] in needs(short)[0]


def test_project_is_found_by_its_facilities_as_they_are_now(house, plan):
    project = stories.complete_project(house, plan)
    facility = project.beneficiaries.get().facility
    facility.name = "Cơ sở Đan lát Hồng Nhung"
    facility.save()
    assert pks(Project, "dan lat hong nhung") == [project.pk]
    Facility.objects.filter(pk=facility.pk).update(search_key="may tre la")
    assert pks(Project, "hong nhung") == []
    assert pks(Project, "tre la") == [project.pk]
    other = FacilityFactory(name="Lò rèn Phú Mỹ")
    Beneficiary.objects.filter(project=project).update(facility=other)
    assert (pks(Project, "tre la"), pks(Project, "lo ren")) == ([], [project.pk])
    other_words = SearchEntry.objects.get(words__contains="lo ren", words__startswith=f"=o{project.owner_id} ").words
    assert f"=p{project.province_id} " in other_words


def test_handover_and_contract_are_found_by_their_projects(house, plan):
    project = stories.approved_project(house, plan, name="Máy tráng bánh")
    event = HandoverEvent.objects.create(
        plan=plan, subject="thiết bị", venue="Hội trường", giver=house.department,
        created_by=house.officer, updated_by=house.officer,
    )  # fmt: skip
    assert pks(HandoverEvent, "trang banh") == []
    event.projects.add(project)
    assert pks(HandoverEvent, "trang banh hoi truong") == [event.pk]
    event.projects.remove(project)
    assert pks(HandoverEvent, "trang banh") == []
    assert pks(Contract, "trang banh") == []


def test_entry_goes_with_its_record(house):
    facility = FacilityFactory(name="Lò gốm Phước Tích")
    assert pks(Facility, "gom phuoc") == [facility.pk]
    facility.delete()
    assert pks(Facility, "gom phuoc") == []
    assert not SearchEntry.objects.filter(words__contains="phuoc tich").exists()


def test_rebuilding_changes_nothing(house, plan):
    stories.approved_project(house, plan)
    before = set(SearchEntry.objects.values_list("id", "words"))
    search_index.rebuild()
    assert set(SearchEntry.objects.values_list("id", "words")) == before
    assert pks(Project, "kc26-001") == [Project.objects.get().pk]


def test_rows_written_meanwhile_are_found_in_the_end(house):
    with search_index.suspended():
        facility = FacilityFactory(name="Lò gốm Phước Tích")
        assert pks(Facility, "gom phuoc") == []
    assert pks(Facility, "gom phuoc") == [facility.pk]


def test_triggers_of_another_definition_are_replaced(house):
    with connection.cursor() as cursor:
        there = set(search_index._known_triggers(cursor))
        search_index._drop_triggers(cursor)
    facility = FacilityFactory(name="Lò gốm Phước Tích")
    assert pks(Facility, "gom phuoc") == []
    search_index.after_migrate()
    with connection.cursor() as cursor:
        assert set(search_index._known_triggers(cursor)) == there
    assert pks(Facility, "gom phuoc") == [facility.pk]


def test_words_are_asked_as_each_database_writes_them():
    text = asked(needs("cty 10/qd"))
    expected = {
        "sqlite": '(("10")) AND (("qd")) AND (("cty"*) OR ("cong"* AND "ty"*))',
        "postgresql": "(('10')) & (('qd')) & (('cty':*) | ('cong':* & 'ty':*))",
    }
    assert text == expected[connection.vendor]


def test_migrate_leaves_the_index_alone(house):
    FacilityFactory()
    before = set(SearchEntry.objects.values_list("id", "words"))
    call_command("migrate", verbosity=0)
    assert set(SearchEntry.objects.values_list("id", "words")) == before
