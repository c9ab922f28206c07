"""The portal on a slow line, by the keyboard alone, without script, at other sizes, in other colours, read aloud."""

import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.portal import wait_until

PAGE_LIMIT = 150_000
SCRIPT_LIMIT = 20_000
# Pages of the ten journeys that one account may open, and what of them has to be there.
JOURNEYS = {
    "chuyenvien": [
        "/",
        "/co-so/moi/",
        "/de-an/",
        "/de-an/moi/",
        "/ke-hoach/",
        "/ban-giao/",
        "/sua-ngoai-may/facilities/",
    ],
    "giamdoc": ["/", "/ke-hoach/", "/danh-gia/", "/van-ban/", "/giao-quyen/"],
    "quantri": ["/", "/tai-khoan/", "/van-hanh/", "/mau-van-ban/"],
}


def sign_in_without_script(page, username):
    page.goto("/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill("khuyencong")
    page.get_by_role("button", name="Đăng nhập").click()


def weigh(page):
    """A list that fills with (address, bytes over the line) of what the page fetches."""
    session, addresses, weights = page.context.new_cdp_session(page), {}, []
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda told: addresses.update({told["requestId"]: told["response"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda told: weights.append((addresses.get(told["requestId"], ""), told["encodedDataLength"])),
    )
    return weights


def test_first_pages_are_light(new_page, login):
    for address in ("/", "/de-an/"):
        page = new_page()
        login(page, "chuyenvien")
        state = page.context.storage_state()
        page = new_page(storage_state=state)  # nothing of it in the cache
        weights = weigh(page)
        page.goto(address, wait_until="networkidle")

        assert any(name.endswith(".css") for name, _weight in weights)
        assert sum(weight for _name, weight in weights) < PAGE_LIMIT, weights
        own = [name for name, _weight in weights if "/static/js/" in name]
        sizes = {name: len(page.request.get(name).body()) for name in own}
        assert {name: size for name, size in sizes.items() if size >= SCRIPT_LIMIT} == {}
        assert page.locator("script:not([defer])").count() == 0


# Where the focus is, and whether one sees it: an outline, or a shadow in its place.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const on = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  const what = `${at.tagName} ${at.id || at.getAttribute("name") || at.textContent.trim().slice(0, 40)}`;
  return {what, seen, on, last: !!at.closest("footer") && at.textContent.trim() === "Có gì mới"};
}"""


def tab_through(page, limit=400):
    """Names of what Tab reaches from the head of the page to its foot, and what of it does not show the focus."""
    stops, unseen = [], []
    for _step in range(limit):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        if at is None:
            continue
        stops.append(at["what"])
        if not at["seen"] or not at["on"]:
            unseen.append(at)
        if at["last"]:
            return stops, unseen
    raise AssertionError(f"Tab does not reach the foot of {page.url}: {stops[-5:]}")


@pytest.mark.parametrize("address", ["/", "/co-so/moi/"])
def test_keyboard_reaches_everything_and_shows_where_it_is(page, login, address):
    login(page, "chuyenvien")
    page.goto(address)
    stops, unseen = tab_through(page)

    assert stops[0].startswith("A Đến nội dung chính")
    assert unseen == []
    reachable = page.locator("main :is(a[href], button, input, select, textarea, summary):visible:not([tabindex='-1'])")
    assert len(stops) >= reachable.count()


def test_skip_link_menu_and_search_go_by_keys(page, login):
    login(page, "chuyenvien")
    page.goto("/de-an/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    summary = page.locator("details.menu > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_hidden()
    expect(summary).to_be_focused()

    page.keyboard.press("/")
    expect(page.locator("#site-search")).to_be_focused()


def test_errors_are_read_first_and_lead_to_their_fields(page, login):
    login(page, "chuyenvien")
    page.goto("/co-so/moi/")
    page.get_by_role("button", name="Lưu cơ sở").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Lỗi"))

    summary.get_by_role("link").first.click()
    field = page.locator(":focus")
    expect(field).to_have_attribute("aria-invalid", "true")
    told = field.get_attribute("aria-describedby").split()
    assert any("error" in key and page.locator(f"#{key}").inner_text() for key in told)


@pytest.mark.parametrize("username", JOURNEYS)
def test_pages_of_the_journeys_work_without_script(new_page, login, username):
    page = new_page(java_script_enabled=False)
    sign_in_without_script(page, username)
    for address in JOURNEYS[username]:
        answer = page.goto(address)
        assert answer.status == 200, address
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_officer_enters_rows_without_script(new_page):
    page = new_page(java_script_enabled=False)
    sign_in_without_script(page, "chuyenvien")
    page.goto("/de-an/moi/")
    page.get_by_label("Tên", exact=True).fill("Máy sấy không cần script")
    page.get_by_role("button", name="Lập bản dự thảo").click()
    expect(page.get_by_label("Tên", exact=True)).to_have_value("Máy sấy không cần script")
    expect(page.locator(".error-summary")).to_be_visible()

    page.goto("/de-an/?nam=2026")
    rows = page.locator("table tbody tr").count()
    page.get_by_label("Từ khóa").or_(page.locator("main input[name=q]")).first.fill("may")
    page.locator("main form[method=get] button").first.click()
    assert 0 < page.locator("table tbody tr").count() <= rows


def text_of(page, link):
    """What the PDF says that a link of the page gives."""
    with page.expect_download() as download:
        link.click()
    return "".join(sheet.extract_text() for sheet in PdfReader(download.value.path()).pages)


def open_project(page, name):
    page.goto("/de-an/?nam=2026")
    page.locator("main input[name=q]").fill(name)
    page.get_by_role("button", name="Lọc", exact=True).click()
    page.locator("#project-table a.title").first.click()


def test_acceptance_and_handover_go_without_script(new_page):
    name = "Lò nung gốm tiết kiệm năng lượng"
    page = new_page(java_script_enabled=False)
    sign_in_without_script(page, "truongphong")
    open_project(page, name)
    page.get_by_role("link", name="Nghiệm thu", exact=True).click()
    page.get_by_role("link", name="Lập biên bản nghiệm thu").click()
    page.get_by_label("Ngày nghiệm thu").fill("20/11/2026")
    people, works = page.locator("#part-members tbody tr"), page.locator("#part-works tbody")
    before = people.count()
    page.get_by_role("button", name="Thêm người").click()
    expect(people).to_have_count(before + 1)
    page.get_by_label(f"Người {before + 1}, họ và tên").fill("Ngô Văn Năm")
    page.get_by_role("button", name="Bỏ dòng 2, khối lượng").click()
    expect(works.get_by_label("Khối lượng 2, nội dung")).to_have_count(0)
    page.get_by_label("Khuyến công địa phương").fill("260tr")

    # What is wrong is told on top, where the page opens after rows were added further down.
    page.get_by_role("button", name="Ghi nhận nghiệm thu").click()
    expect(page.locator(".error-summary")).to_be_in_viewport()
    page.get_by_label(f"Người {before + 1}, cơ quan").fill("Ủy ban nhân dân xã")
    page.get_by_role("button", name="Lấy số liệu của nơi đã chọn").click()
    expect(page.get_by_text("Đã lấy số liệu còn lại")).to_be_in_viewport()
    expect(page.get_by_label("Khuyến công địa phương")).to_have_value("250.000.000")
    page.get_by_role("button", name="Ghi nhận nghiệm thu").click()
    expect(page.locator(".alert--good")).to_contain_text("Đã ghi nhận nghiệm thu")
    expect(page.get_by_role("heading", name="Biên bản nghiệm thu (1)")).to_be_visible()

    page.goto("/ke-hoach/?nam=2026")
    page.locator("#plan-table").get_by_role("link", name="Kế hoạch khuyến công địa phương năm 2026", exact=True).click()
    page.goto(page.url + "ban-giao-moi/")
    for box in page.locator("input[name=projects]").all():
        box.uncheck()
    page.get_by_label(name).check()
    page.get_by_label("Ngày bàn giao").fill("22/11/2026")
    page.get_by_label("Địa điểm").fill("Hội trường Sở")
    page.get_by_role("button", name="Lưu đợt bàn giao").click()
    expect(page.locator(".alert--good")).to_contain_text("Đã lưu đợt bàn giao: 1 đề án")
    page.get_by_role("button", name="Lập sẵn 1 biên bản").click()
    page.get_by_role("link", name=re.compile("^Sửa biên bản")).click()
    page.get_by_label("Tình trạng khi bàn giao").fill("Vận hành tốt.")
    page.get_by_role("button", name="Lưu biên bản", exact=True).click()
    expect(page.locator(".alert--good")).to_contain_text("Đã lưu biên bản")
    address = page.get_by_role("link", name=re.compile("^PDF nháp")).get_attribute("href")
    pdf = page.request.get(address)
    assert "Vận hành tốt." in "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf.body())).pages)


def test_evaluation_is_issued_without_script(new_page):
    page = new_page(java_script_enabled=False)
    sign_in_without_script(page, "truongphong")
    page.goto("/danh-gia/moi/")
    page.get_by_label("Chương trình", exact=True).select_option(
        label="Chương trình khuyến công tỉnh Vĩnh Long giai đoạn 2026-2030"
    )
    page.get_by_role("textbox", name=re.compile("^Năm")).fill("2026")
    page.get_by_role("button", name="Lập báo cáo").click()
    expect(page.locator(".alert--good")).to_contain_text("Đã lập báo cáo")
    report = page.url
    page.locator("main table a").first.click()
    expect(page.locator("main table tbody tr").first).to_be_visible()

    for part in ("causes", "lessons", "tasks", "proposals"):
        page.goto(f"{report}phan/{part}/")
        page.locator("main textarea").first.fill("Viết không cần mã kịch bản.")
        page.locator("main form button.button--main").click()
        expect(page.locator(".alert--good")).to_contain_text("Đã lưu mục")
    page.locator("a[href*='/evaluation_report/']", has_text="Phát hành").click()
    page.get_by_role("button", name="Phát hành", exact=True).click()
    taken = page.get_by_role("link", name=re.compile(r"^Tải .*\.pdf"))
    wait_until(lambda: page.reload() and taken.count())  # nothing is told by itself
    assert "Viết không cần mã kịch bản." in text_of(page, taken)


def test_accountant_pays_without_script(new_page):
    page = new_page(java_script_enabled=False)
    sign_in_without_script(page, "ketoan")
    open_project(page, "Dây chuyền rang xay bột ca cao")
    page.get_by_role("link", name="Hợp đồng, chi").click()
    page.get_by_role("link", name="Thanh toán phần còn lại").click()
    page.get_by_label("Ngày chứng từ").fill("20/11/2026")
    page.get_by_label("Số chứng từ").fill("UNC 902")
    page.get_by_label("Số tiền").fill("900tr")
    page.get_by_role("button", name="Ghi thanh toán").click()
    expect(page.locator(".error-summary")).to_contain_text("vượt")
    page.get_by_label("Số tiền").fill("5tr")
    page.get_by_role("button", name="Ghi thanh toán").click()
    expect(page.get_by_role("row", name="UNC 902")).to_contain_text("5.000.000")

    page.get_by_role("row", name="UNC 902").get_by_role("link", name=re.compile("^Bỏ")).click()
    page.get_by_role("textbox").last.fill("Ghi nhầm đề án.")
    page.locator("main form button.button--danger, main form button[data-save]").last.click()
    expect(page.locator(".alert--good")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/", ['heading "Việc của tôi" [level=1]', 'navigation "Chính"', 'table "Số đề án theo trạng thái']),
        ("/de-an/?nam=2026", ["table", "columnheader", "search"]),
        ("/co-so/moi/", ['textbox "Tên cơ sở"', 'combobox "Xã, phường"']),
    ],
)
def test_pages_are_read_out(page, login, address, told):
    login(page, "chuyenvien")
    page.goto(address)
    tree = page.locator("body").aria_snapshot()

    assert [words for words in told if words not in tree] == []
    nameless = re.findall(r"^ *- (?:button|link|textbox|combobox|checkbox|table|img)$", tree, re.MULTILINE)
    assert nameless == []


def test_movement_stops_and_forced_colours_keep_the_focus(new_page, login):
    page = new_page(reduced_motion="reduce", forced_colors="active")
    login(page, "chuyenvien")
    page.goto("/co-so/moi/")
    moving = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0)"
        ".map(e => e.className)"
    )
    assert moving == []
    page.get_by_label("Tên cơ sở").focus()
    outline = page.get_by_label("Tên cơ sở").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline != "none"


LISTS = ["/de-an/", "/ke-hoach/", "/co-so/", "/hop-dong/", "/ban-giao/", "/van-ban/", "/chuong-trinh/", "/theo-doi/"]


@pytest.mark.parametrize("address", LISTS)
def test_filters_fold_on_a_telephone_without_script(new_page, address):
    page = new_page(java_script_enabled=False, viewport={"width": 320, "height": 640})
    sign_in_without_script(page, "chuyenvien")
    page.goto(address)
    filters = page.locator("form.filters")
    fields = filters.locator(".filters-fold ~ * :is(input, select):not([type=hidden])")
    assert filters.bounding_box()["height"] < 250
    expect(filters.locator("input[name=q]")).to_be_visible()
    expect(filters.get_by_role("button", name="Lọc", exact=True)).to_be_visible()
    expect(fields.first).to_be_hidden()

    filters.locator(".filters-fold > summary").click()
    expect(fields.first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(filters.locator(".filters-fold")).to_be_hidden()
    page.reload()
    expect(fields.first).to_be_visible()


def test_menus_of_a_list_open_on_the_screen_of_a_telephone(new_page):
    page = new_page(java_script_enabled=False, viewport={"width": 320, "height": 640})
    sign_in_without_script(page, "chuyenvien")
    page.goto("/de-an/?nam=2026")
    for menu in page.locator(".list-bar details.menu").all():
        menu.locator("summary").click()
        box = menu.locator(".menu-list--wide").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        menu.locator("summary").click()


def test_rows_on_a_telephone_are_short_and_lose_nothing(new_page, login):
    page = new_page(viewport={"width": 360, "height": 640})
    login(page, "chuyenvien")
    page.goto("/de-an/?nam=2026")
    row = page.locator("#project-table tbody tr").first
    shown = [cell.get_attribute("data-label") for cell in row.locator("td[data-label]:visible").all()]
    assert shown == ["Trạng thái", "Hoàn thành", "Nội dung", "KCQG", "KCĐP", "Đối ứng", "Tổng"]
    national, local = (row.locator(f"td[data-label={label}]").bounding_box() for label in ("KCQG", "KCĐP"))
    assert abs(national["y"] - local["y"]) < 4
    assert national["x"] + national["width"] <= local["x"]
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert row.bounding_box()["height"] < 300


def test_plan_is_printed_without_its_buttons(page, login):
    login(page, "truongphong")
    page.goto("/ke-hoach/?trang-thai=draft")
    page.locator("#plan-table a.title").first.click()
    heads = page.locator("table.lines thead").first.locator("th")
    expect(heads.last).to_have_text("Xếp")
    expect(heads.last).to_be_visible()
    page.emulate_media(media="print")
    expect(heads.last).to_be_hidden()
