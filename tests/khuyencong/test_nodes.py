"""A web node holds nothing of its own: another goes on with what one began. `make nodes` shows it with processes."""

from ipaddress import ip_network

import pytest
from axes.models import AccessAttempt
from django.conf import settings as portal
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from khuyencong import visits
from khuyencong.models import StoredFile, VisitCount
from projects.models import Paper
from tests import stories
from tests.conftest import PortalClient
from tests.khuyencong.doors import PASSWORD, browser, person, sign_in
from tests.khuyencong.uploads import PDF, upload

pytestmark = pytest.mark.django_db


def other_node(client):
    """The same browser, led to a node whose memory is empty."""
    for cache in caches.all():
        cache.clear()
    other = PortalClient(headers=client.defaults.get("headers"), REMOTE_ADDR=client.defaults["REMOTE_ADDR"])
    other.defaults = dict(client.defaults)
    other.cookies = client.cookies
    return other


def test_sessions_and_queue_are_in_the_database():
    assert portal.SESSION_ENGINE == "django.contrib.sessions.backends.db"
    assert portal.MESSAGE_STORAGE.startswith("khuyencong.")  # cookie first, then session
    assert "DatabaseBackend" in portal.TASKS["default"]["BACKEND"] or portal.TASKS["default"]["BACKEND"].endswith(
        "ImmediateBackend"  # of the suite
    )


def test_who_signs_in_at_one_node_goes_on_and_signs_out_at_another():
    person()
    first = browser()
    assert sign_in(first).status_code == 302
    second = other_node(first)
    assert second.get("/phien-dang-nhap/").status_code == 200
    second.post("/dang-xuat/")
    assert other_node(first).get("/phien-dang-nhap/").status_code == 302


def test_scan_sent_to_one_node_comes_back_from_another(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    house = stories.make_house()
    project = stories.complete_project(house, stories.draft_plan(house))
    first = browser()
    first.force_login(house.officer)
    typed = {"what": "step-submit", "name": "Quyết định", "copy_kind": "original", "files": upload(PDF)}
    assert first.post(reverse("projects:paper_create", args=[project.pk]), typed).status_code == 302
    answer = other_node(first).get(reverse("projects:paper_file", args=[Paper.objects.get().pk]))
    assert b"".join(answer.streaming_content) == PDF
    assert StoredFile.objects.count() == 1


def test_wrong_passwords_at_two_nodes_count_together(settings):
    settings.AXES_ENABLED = True
    person()
    client, codes = browser(), []
    for turn in range(5):
        client = other_node(client)
        codes.append(sign_in(client, password=f"sai {turn}").status_code)
    assert codes == [200, 200, 200, 200, 429]
    assert sign_in(other_node(client), password=PASSWORD).status_code == 429


def test_questions_of_one_address_at_two_nodes_count_together(monkeypatch):
    monkeypatch.setattr(visits, "PER_MINUTE", 2)
    moment = timezone.now()  # a minute may end between two questions
    monkeypatch.setattr(timezone, "now", lambda: moment)
    client, codes = browser(), []
    for _turn in range(3):
        client = other_node(client)
        codes.append(client.get("/kiem-tra/3333333333/").status_code)
    assert (codes, VisitCount.objects.get().count) == ([404, 404, 429], 3)


@pytest.mark.parametrize(
    ("proxy", "counted"),
    [("10.9.0.7", "198.51.100.4"), ("10.9.1.7", "10.9.1.7")],  # one of ours; somebody who plays one
)
def test_lockout_sees_who_asks_behind_our_own_web_server(settings, proxy, counted):
    settings.AXES_ENABLED = True
    settings.TRUSTED_NETWORKS = [ip_network("10.9.0.0/24")]
    person()
    client = PortalClient(headers={"X-Forwarded-For": "6.6.6.6, 198.51.100.4"}, REMOTE_ADDR=proxy)
    sign_in(client, password="sai")
    assert [attempt.ip_address for attempt in AccessAttempt.objects.all()] == [counted]
