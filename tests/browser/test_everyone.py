"""The portal on a slow line, by the keyboard alone, without script, at other sizes, in other colours, read aloud."""

import re

import pytest
from playwright.sync_api import expect

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
