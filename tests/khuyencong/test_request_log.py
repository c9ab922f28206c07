import json
import logging
import socket
import sys
from datetime import UTC, datetime

import lxml.html
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError
from django.urls import path

from khuyencong import calendar_links, error_views, request_log
from khuyencong.request_log import DailyFile, JsonLines, PlainLines, far_handler, scrubbed
from khuyencong.urls import urlpatterns as portal_urls
from khuyencong.versions import StaleVersionError
from tests.factories import FacilityFactory, UserFactory
from tests.khuyencong.doors import PASSWORD, browser, person, sign_in

SECRET_ROW = "Key (email)=(hoa@tinh.gov.vn) already exists"


def fail(request):
    raise ERRORS[request.GET["how"]]()


ERRORS = {
    "row": lambda: IntegrityError(SECRET_ROW),
    "database": lambda: OperationalError("could not connect to 10.0.0.5"),
    "stale": lambda: StaleVersionError(FacilityFactory.build(updated_by=UserFactory.build())),
}
handler400 = "khuyencong.error_views.bad_request"
handler500 = "khuyencong.error_views.server_error"
urlpatterns = [path("hong/", fail, name="fail"), *portal_urls]


@pytest.fixture
def lines(caplog):
    """What the log files would hold so far, as objects."""
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "khuyencong.request_log")
    return lambda: [JsonLines().fields(record) for record in caplog.records]


@pytest.fixture
def _failing(settings, client):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False


@pytest.mark.django_db
def test_every_answer_carries_the_id_under_which_the_log_tells_of_it(client, lines):
    user = UserFactory()
    client.force_login(user)
    first, second = client.get("/co-so/?q=Nguyễn Thị Hoa"), client.get("/khong-co/")
    ids = [first["X-Request-ID"], second["X-Request-ID"]]
    assert all(len(found) == 10 for found in ids)
    assert ids[0] != ids[1]
    told = [line for line in lines() if line["logger"] == "khuyencong.request_log"]
    assert [(line["method"], line["page"], line["status"], line["user"]) for line in told] == [
        ("GET", "beneficiaries:list", 200, str(user.pk)),
        ("GET", "", 404, str(user.pk)),
    ]
    assert f"<strong>{ids[1]}</strong>" in second.content.decode()
    assert "Hoa" not in json.dumps(lines(), ensure_ascii=False)


@pytest.mark.django_db
@pytest.mark.usefixtures("_failing")
@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("row", 500, "Máy chủ gặp lỗi"),
        ("database", 503, "Cổng đang bảo trì"),
        ("stale", 409, "Người khác vừa sửa hồ sơ này"),
    ],
)
def test_failure_is_a_sentence_for_people_and_a_place_for_the_log(client, lines, how, status, said):
    client.force_login(UserFactory())
    answer = client.get(f"/hong/?how={how}")
    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert f"<strong>{answer['X-Request-ID']}</strong>" in page
    assert "Traceback" not in page
    [line] = [line for line in lines() if "error" in line]
    assert line["error"].startswith(f"{type(ERRORS[how]()).__module__}.{type(ERRORS[how]()).__qualname__}")
    assert line["where"][-1].startswith("tests/khuyencong/test_request_log.py:")
    told = json.dumps(lines(), ensure_ascii=False) + PlainLines().format(logging.makeLogRecord({}))
    assert not [word for word in ("hoa@", "10.0.0.5", "already exists", "how=") if word in told]


@pytest.mark.django_db
def test_signing_in_leaves_no_name_password_or_key_in_the_log(lines, settings):
    settings.AXES_ENABLED = True
    user = person("tranthihoa", email="hoa@tinh.gov.vn")
    client = browser()
    sign_in(client, "tranthihoa", "mat-khau-sai")
    sign_in(client, "tranthihoa", next="/co-so/?q=bí mật")
    secret = calendar_links.new_link(by=user)
    client.get(f"/lich/{secret}.ics")
    client.get(f"/khong-co/{secret}/")
    told = json.dumps(lines(), ensure_ascii=False)
    words = (
        "tranthihoa",
        "hoa@",
        "mat-khau-sai",
        PASSWORD,
        "bí mật",
        secret,
        client.session.session_key,
        "203.0.113.7",
    )
    assert [word for word in words if word in told] == []
    assert len(lines()) >= 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Not Found: /co-so/?q=Hoa&x=1", "Not Found: /co-so/?…"),
        ("gửi hoa.tran@tinh.gov.vn lỗi", "gửi …@… lỗi"),
        ("số 0912 345 678, căn cước 086123456789.", "số …, căn cước …."),
        ("đề án 1234 của năm 2026", "đề án 1234 của năm 2026"),
        ("token=abc mật khẩu: xyz", "token=… mật khẩu: …"),
        ("một\r\n2026-11-22 INFO giả mạo", "một 2026-11-22 INFO giả mạo"),
        ("/lich/abcdefghijklmnopqrstuvwxyz0123456789ABCD/", "/lich/…/"),
        ("x" * 23 + " " + "y " * 2000, ("x" * 23 + " " + "y " * 2000)[:2000]),
    ],
)
def test_scrubbed(text, expected):
    assert scrubbed(text) == expected


def record_of(message, *arguments):
    return logging.LogRecord("khuyencong.thu", logging.ERROR, __file__, 1, message, arguments, None)


def test_line_is_one_json_object():
    record = record_of("Tệp %s mất\nrồi", "a.pdf")
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "khuyencong.thu", "Tệp a.pdf mất rồi")
    assert datetime.fromisoformat(line["at"]).tzinfo is not None


def test_error_is_told_by_kind_and_place_alone():
    try:
        try:
            raise KeyError("bí mật")
        except KeyError as cause:
            raise ValueError("hoa@tinh.gov.vn") from cause
    except ValueError:
        record = record_of("Hỏng")
        record.exc_info = sys.exc_info()
    told = PlainLines().format(record)
    assert "error=builtins.ValueError < builtins.KeyError" in told
    assert "tests/khuyencong/test_request_log.py:" in told
    assert "bí mật" not in told
    assert "hoa@" not in told


def test_file_a_day_and_old_ones_go(tmp_path, monkeypatch):
    old, young = tmp_path / "khuyencong-2026-08-01.log", tmp_path / "khuyencong-2026-11-01.log"
    other = tmp_path / "ghi-chu.log"
    for path_ in (old, young, other):
        path_.write_text("x")
    handlers = [DailyFile(tmp_path, 90), DailyFile(tmp_path, 90)]  # two processes
    for turn, handler in enumerate(handlers * 2):
        handler.setFormatter(JsonLines())
        monkeypatch.setattr(request_log, "datetime", Clock)
        handler.emit(record_of("dòng %s", turn))
    for handler in handlers:
        handler.close()
    today = tmp_path / "khuyencong-2026-11-22.log"
    assert [json.loads(line)["message"] for line in today.read_text().splitlines()] == [
        f"dòng {turn}" for turn in range(4)
    ]
    assert {found.name for found in tmp_path.iterdir()} == {young.name, other.name, today.name}
    assert today.stat().st_mode & 0o007 == 0


def test_lines_leave_for_a_collector_on_another_machine():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(5)
        far = far_handler(f"127.0.0.1:{collector.getsockname()[1]}")
        far.setFormatter(JsonLines())
        far.emit(record_of("đăng nhập %s", 7))
        far.close()
        priority, _, line = collector.recv(10_000).decode().rstrip("\0").partition("khuyencong: ")
    assert priority.startswith("<")
    assert json.loads(line)["message"] == "đăng nhập 7"


class Clock(datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 22, 3, 0, tzinfo=tz or UTC)


def test_maintenance_is_told_to_everybody(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    (tmp_path / "bao-tri").write_text("Nâng cấp đến 20 giờ <b>hôm nay</b>.")
    answer = client.get("/dang-nhap/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Nâng cấp đến 20 giờ &lt;b&gt;hôm nay&lt;/b&gt;." in answer.content.decode()


@pytest.mark.django_db
def test_pages_of_errors_say_what_to_do(client, rf):
    request_log.REQUEST_ID.set("0123456789")
    pages = {
        400: error_views.bad_request(rf.get("/")),
        403: error_views.csrf_failure(rf.post("/")),
        503: error_views.maintenance(),
    }
    for status, answer in pages.items():
        text = answer.content.decode()
        assert answer.status_code == status
        assert "<strong>0123456789</strong>" in text
        assert 'class="plain-head"' in text


def refused_by_the_database(rf, address, fields, **more):
    """The page that a form gets while the database is away."""
    try:
        raise OperationalError("connection refused")
    except OperationalError:
        return error_views.server_error(rf.post(address, fields, **more)).content.decode()


def test_form_that_found_no_database_can_be_sent_again_from_the_page(rf):
    typed = {"csrfmiddlewaretoken": "abc", "name": 'Lò "sấy"\nhai dòng', "years": ["2026", "2027"]}
    page = lxml.html.fromstring(refused_by_the_database(rf, "/de-an/moi/?ke-hoach=3", typed))
    [form] = page.forms
    assert form.method == "POST"
    assert form.action is None  # the same address, query and all
    assert form.form_values() == [
        ("csrfmiddlewaretoken", "abc"), ("name", 'Lò "sấy"\nhai dòng'), ("years", "2026"), ("years", "2027"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/dang-nhap/", {"username": "hoa", "password": "bi mat"}),
        ("/de-an/1/giay-to/moi/", {"name": "bi mat", "files": SimpleUploadedFile("a.pdf", b"%PDF")}),
        ("/de-an/moi/", {"name": "bi mat" * error_views.MOST_TYPED}),
    ],
)
def test_secrets_files_and_long_texts_are_not_put_into_the_page(rf, address, fields):
    page = refused_by_the_database(rf, address, fields)
    assert "giữ nguyên cửa sổ" in page
    assert "bi mat" not in page
