"""The journeys with the keyboard alone: Tab, arrows, Space, Enter, Esc; no pointer, no field named from outside."""

import re

import pytest
from playwright.sync_api import expect

NAME = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "";
  const told = at.getAttribute("aria-label") || [...(at.labels || [])].map((label) => label.textContent).join(" ");
  return (told || at.textContent || at.value || "").trim().replace(/\\s+/g, " ");
}"""
# Part of what has the focus that one sees: something else may lie over it (WCAG 2.4.11).
UNSEEN = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const corners = [[.5, .5], [.1, .2], [.9, .8], [.1, .8], [.9, .2]];
  return corners.every(([x, y]) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    const own = [at, ...(at.labels || [])];
    return !top || !(top.contains(at) || own.some((part) => part.contains(top)));
  });
}"""


class Keys:
    """A person at the keyboard."""

    def __init__(self, page):
        self.page = page

    def sign_in(self, username):
        self.page.goto("/dang-nhap/")
        self.to("Tên đăng nhập")
        self.type(username)
        self.to("Mật khẩu")
        self.type("khuyencong")
        self.enter()
        return self

    def open(self, address):
        self.page.goto(address)
        return self

    def to(self, name, key="Tab", limit=150):
        """Press until what is called `name` (its beginning) has the focus."""
        for _press in range(limit):
            self.page.keyboard.press(key)
            if self.page.evaluate(NAME).startswith(name):
                assert not self.page.evaluate(UNSEEN), f"{name} is hidden on {self.page.url}"
                return self
        raise AssertionError(f"{key} does not reach “{name}” on {self.page.url}")

    def type(self, text):
        self.page.keyboard.type(text)
        return self

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def enter(self):
        """Press what leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    @property
    def at(self):
        return self.page.evaluate(NAME)


@pytest.fixture(scope="module")
def portal(start_portal):
    """Its plans wait for what is decided here."""
    return start_portal("keyboard")


@pytest.fixture
def keys(page):
    return Keys(page)


def test_officer_opens_a_facility_a_project_and_its_rows(keys):
    page = keys.sign_in("chuyenvien").page
    keys.to("Cơ sở mới").enter()
    keys.to("Tên cơ sở").type("Cơ sở Bàn phím")
    keys.to("Hình thức pháp lý").press("End", "Home")
    while page.evaluate("() => document.activeElement.value") != "household_business":
        keys.press("ArrowDown")
    keys.to("Xã, phường").type("an hoi")
    expect(page.locator(".lookup-list [role=option]").first).to_be_visible()
    keys.press("ArrowDown", "Enter")
    keys.to("Lưu cơ sở").enter()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cơ sở Bàn phím")

    keys.open("/de-an/?nam=2027&trang-thai=draft")
    keys.to("Máy").enter()
    keys.to("Sửa").enter()
    keys.open(re.sub(r"/sua/[\w-]+/$", "/sua/du-toan/", page.url))
    rows = page.get_by_role("button", name=re.compile("^Bỏ dòng"))
    before = rows.count()
    keys.to("Thêm").press("Enter")
    expect(rows).to_have_count(before + 1)
    expect(page.locator("#part-row :focus")).to_be_editable()  # in the new row
    keys.to("Bỏ dòng").press("Enter")
    expect(rows).to_have_count(before)
    expect(page.locator("#part-row :focus")).to_have_count(1)


def test_reviewer_moves_a_line_and_stays_with_it(keys):
    page = keys.sign_in("truongphong").open("/ke-hoach/?nam=2027").page
    keys.to("Kế hoạch khuyến công địa phương năm 2027, đợt 2").enter()
    keys.to("Vào kế hoạch")
    code = keys.at.rsplit(" ", 1)[-1]
    keys.press("Enter")
    expect(page.locator("#lines-block [role=status]").last).to_contain_text(f"{code}: Trong kế hoạch")
    expect(page.locator(":focus")).to_have_text(f"Dự phòng: {code}")
    keys.press("Tab", "Enter")
    expect(page.locator("#lines-block [role=status]").last).to_contain_text(f"{code}: Đã thẩm định")
    expect(page.locator(":focus")).to_have_text(f"Vào kế hoạch: {code}")


def test_director_decides_line_by_line(keys):
    page = keys.sign_in("giamdoc").open("/ke-hoach/?nam=2027").page
    keys.to("Kế hoạch khuyến công địa phương năm 2027").enter()
    keys.to("Xem và quyết định").enter()
    keys.to("Duyệt").press("ArrowRight")
    expect(page.locator("#desk-summary")).to_contain_text("trả lại 1")
    expect(page.locator(":focus")).to_be_checked()
    keys.to("Vì sao trả lại").type("Bổ sung báo giá.")
    keys.to("Số quyết định").type("1/QĐ-UBND")
    keys.to("Trả lại cả kế hoạch").enter()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trả lại cả kế hoạch")
    expect(page.get_by_label("Lý do")).to_have_value(re.compile("Bổ sung báo giá"))


def test_reviewer_returns_one_file_by_its_fields_and_appraises_another(keys):
    page = keys.sign_in("truongphong").page
    keys.to("Thẩm định: KC27-026").enter()
    keys.to("Thôi").enter()
    keys.to("Trả lại").enter()
    keys.to("Lý do trả lại").type("Bổ sung mục tiêu.")
    keys.to("Mục tiêu").press("Space")
    keys.to("Trả lại KC27-026").enter()
    expect(page.locator("main .status").first).to_have_text("Bị trả lại")
    keys.open("/")
    keys.to("Thẩm định: KC27-023").enter()
    keys.to("Ý kiến thẩm định").type("Đủ điều kiện.")
    keys.to("Thẩm định KC27-023").enter()
    expect(page.locator("main .status").first).to_have_text("Đã thẩm định")


def test_officer_completes_minutes_and_anyone_checks_a_paper(keys):
    page = keys.sign_in("chuyenvien").open("/ban-giao/").page
    keys.to("Bàn giao máy móc, thiết bị các đề án khuyến công năm 2026").enter()
    keys.to("Sửa biên bản cho").enter()
    keys.to("Thêm người").press("Enter")
    expect(page.locator("#part-people :focus")).to_have_count(1)
    keys.to("Người 2, họ và tên").type("Nguyễn Thị Bàn Phím")
    keys.to("Bỏ dòng 2, người đại diện").press("Enter")
    expect(page.get_by_label("Người 2, họ và tên")).to_have_count(0)
    keys.to("Lưu", limit=300).enter()
    expect(page).to_have_url(re.compile("/xem-truoc/$"))

    keys.open("/van-ban/")
    keys.to("Công văn nhắc bổ sung giấy tờ").enter()
    number = re.search(r"Số (\S+):", page.get_by_role("heading", level=1).inner_text())[1]
    code = page.locator("main a[href*='/kiem-tra/']").first.inner_text()
    page.context.clear_cookies()
    keys.open("/kiem-tra/").to("Mã tra cứu").type(code).enter()
    expect(page.locator("main")).to_contain_text(number)


def test_officer_filters_exports_and_brings_the_list_back(keys, tmp_path):
    page = keys.sign_in("chuyenvien").open("/de-an/").page
    # The browser hands its file dialogs over from now on; asked only when the key is pressed, it may be late.
    page.on("filechooser", lambda chooser: None)
    keys.to("Năm kế hoạch").press("ArrowDown").to("Lọc").enter()
    expect(page).to_have_url(re.compile("nam=2027"))
    keys.to("Sửa ngoài máy").enter()
    keys.to("Tải tệp để sửa")
    with page.expect_download() as download:
        keys.press("Enter")
    download.value.save_as(tmp_path / "de-an.xlsx")
    keys.to("Tệp đã sửa")
    with page.expect_file_chooser() as chooser:
        keys.press("Space")
    chooser.value.set_files(tmp_path / "de-an.xlsx")
    keys.to("Xem khác biệt").enter()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main")).to_contain_text("de-an.xlsx")


def test_reader_of_a_report_finds_the_rows_behind_a_figure(keys):
    page = keys.sign_in("chuyenvien").open("/danh-gia/moi/").page
    keys.to("Chương trình").to("Chương trình").press("End")  # the first leads to the list of programmes
    keys.to("Năm").type("2016").to("Đến năm").type("2018").to("Lập báo cáo").enter()
    expect(page).to_have_url(re.compile(r"/danh-gia/\d+/$"))
    figure = page.locator("main table td a").first
    keys.to(figure.inner_text(), limit=300).enter()
    expect(page.locator("main table tbody tr").first).to_be_visible()


def test_administrator_adds_a_norm_from_a_day_on(keys):
    page = keys.sign_in("quantri").open("/quan-tri/programs/norm/add/").page
    keys.to("Khoản hỗ trợ").type("Mức thử bằng bàn phím")
    keys.to("Nguồn áp dụng").press("ArrowDown")
    keys.to("Tỷ lệ tối đa").type("50")
    keys.to("Có hiệu lực từ").type("01/01/2027")
    keys.to("Căn cứ").type("Quyết định thử")
    keys.to("Lưu").enter()
    expect(page.locator("main")).to_contain_text("Mức thử bằng bàn phím")


def test_accountant_reaches_the_advance_and_its_limit(keys):
    page = keys.sign_in("ketoan").open("/hop-dong/?nam=2026").page
    keys.to("Hợp đồng 01/2026/HĐKC-ĐP1").enter()
    keys.to("KC26-001").enter()
    keys.to("Tạm ứng").enter()
    keys.to("Số tiền").type("900tr")
    expect(page.locator("#room")).to_contain_text("vượt")
    keys.to("Ghi tạm ứng").enter()
    expect(page.locator(".error-summary")).to_be_focused()
    keys.press("Tab", "Enter")
    expect(page.locator(":focus")).to_have_attribute("aria-invalid", "true")


def test_question_opens_closes_and_is_answered(keys):
    page = keys.sign_in("chuyenvien").open("/de-an/?nam=2027&trang-thai=draft").page
    keys.to("Bộ lọc của tôi").press("Enter")
    keys.to("Lưu bộ lọc này với tên").type("Chỉ bàn phím").enter()
    keys.open("/bo-loc/")
    keys.to("Xóa bộ lọc Chỉ bàn phím").press("Enter")
    question = page.locator("details.confirm[open] .confirm-box")
    expect(question).to_contain_text("không hồ sơ nào mất")
    keys.press("Tab", "Escape")
    expect(question).to_have_count(0)
    assert keys.at == "Xóa bộ lọc Chỉ bàn phím"
    keys.press("Enter", "Tab")
    keys.enter()
    expect(page.get_by_text("Chỉ bàn phím", exact=True)).to_have_count(0)


def test_dialog_holds_the_focus_and_gives_it_back(keys):
    page = keys.sign_in("chuyenvien").open("/co-so/moi/").page
    if page.locator("[data-draft-offer]").count():
        keys.to("Bỏ bản này").press("Enter", "Tab").enter()
    kept = [cookie for cookie in page.context.cookies() if not cookie["name"].endswith(("sessionid", "phien"))]
    page.context.clear_cookies()
    page.context.add_cookies(kept)
    keys.to("Tên cơ sở").type("Cơ sở còn nguyên")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Tên đăng nhập")).to_be_focused()
    for _press in range(12):  # more than it has
        keys.press("Tab")
        outside = page.evaluate(
            "() => document.activeElement !== document.body && !document.activeElement.closest('dialog')"
        )
        assert not outside
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    assert keys.at.startswith("Tên cơ sở")
