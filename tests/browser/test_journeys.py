"""A day of each role through the real pages. Every journey makes what it needs or takes rows no other journey takes."""

import io
import re
import zipfile

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from pypdf import PdfReader

# Returned, so still open: no journey submits it.
OPEN_PLAN = "Kế hoạch khuyến công địa phương năm 2026, đợt 3"


def choose(page, label, typed, option):
    """Type into a look-up field and take a suggestion with the keyboard."""
    field = page.get_by_role("combobox", name=label)
    field.press_sequentially(typed)
    wanted = page.get_by_role("option").filter(has_text=option)
    expect(wanted.first).to_be_visible()
    wanted.first.click()
    expect(field).to_have_attribute("aria-expanded", "false")
    return field


def next_part(page):
    page.get_by_role("button", name="Lưu và sang").click()


def new_facility(page, name):
    page.goto("/co-so/moi/")
    page.get_by_label("Tên cơ sở").fill(name)
    choose(page, "Xã, phường", "mo cay", "Xã Mỏ Cày, tỉnh Vĩnh Long")
    page.get_by_label("Hình thức pháp lý").select_option(label="Hộ kinh doanh")


def new_project(page, name):
    """A draft in the open plan; its page's address."""
    page.goto("/de-an/moi/")
    page.get_by_label("Kế hoạch năm").select_option(label=OPEN_PLAN)
    page.get_by_label("Tên", exact=True).fill(name)
    content = page.get_by_label("Nội dung hoạt động")
    content.select_option(content.locator("option").filter(has_text="Ứng dụng máy móc").first.get_attribute("value"))
    page.get_by_role("button", name="Lập bản dự thảo").click()
    page.wait_for_url("**/sua/thong-tin/")
    return page.url.removesuffix("sua/thong-tin/")


def test_officer_enters_a_facility_and_a_project_part_by_part(page, login):
    login(page, "chuyenvien")

    # A facility that the register nearly has already.
    new_facility(page, "Hộ kinh doanh kẹo dừa Thử Nghiệm")
    page.get_by_label("Vốn").fill("1,5 tỷ")
    expect(page.get_by_text("Một tỷ năm trăm triệu đồng")).to_be_visible()
    page.get_by_role("button", name="Lưu cơ sở").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hộ kinh doanh kẹo dừa Thử Nghiệm")
    expect(page.locator("main")).to_contain_text("1.500.000.000 đồng")

    new_facility(page, "ho kinh doanh KEO DUA thu nghiem")
    expect(page.get_by_text("Có thể cơ sở này đã được nhập")).to_be_visible()
    page.get_by_role("button", name="Lưu cơ sở").click()
    expect(page.get_by_label("Đây là cơ sở khác, vẫn lưu")).to_be_visible()

    # Typed text is not lost by leaving.
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/co-so/")
    assert asked == ["beforeunload"]

    # A project, part by part, saved incomplete.
    project = new_project(page, "Ứng dụng máy nấu kẹo dừa chân không")
    page.get_by_label("Đơn vị thực hiện").select_option(index=1)
    page.get_by_label("Ngày bắt đầu").fill("01/10/2026")
    page.get_by_role("button", name="Lưu, làm sau").click()
    expect(page.get_by_text("Đã lưu phần “Thông tin chung”")).to_be_visible()
    page.get_by_label("Ngày hoàn thành").fill("20/12/2026")
    next_part(page)

    page.get_by_label("Tổng dự toán").fill("640tr")
    expect(page.get_by_text("Sáu trăm bốn mươi triệu đồng").first).to_be_visible()
    page.get_by_label("Khuyến công địa phương").fill("300tr")
    expect(page.get_by_text("Ba trăm triệu đồng")).to_be_visible()
    expect(page.locator("#split-sums")).to_contain_text("Còn 340.000.000 đồng chưa phân bổ")
    page.get_by_role("button", name="Dồn phần còn lại").click()
    expect(page.locator("#split-sums")).to_contain_text("Đã khớp")
    next_part(page)

    choose(page, "Cơ sở", "thu nghiem", "Thử Nghiệm")
    page.get_by_role("button", name="Điền phần còn lại của đề án").click()
    expect(page.locator("#share-sums").get_by_text("Đã khớp")).to_have_count(2)
    next_part(page)

    page.get_by_role("textbox", name="Máy móc, hạng mục").first.fill("Nồi nấu chân không")
    page.get_by_role("textbox", name="Số lượng").first.fill("2")
    page.get_by_role("textbox", name="Đơn giá").first.fill("320tr")
    expect(page.locator("#cost-sums")).to_contain_text("640.000.000")
    next_part(page)
    page.get_by_label("Mục tiêu").fill("Tăng công suất gấp đôi.")
    page.get_by_role("button", name="Lưu, làm sau").click()
    expect(page.get_by_text("Đã lưu phần")).to_be_visible()

    page.goto(f"{project}sua/kiem-tra/")
    missing = page.get_by_role("main").get_by_role("link", name=re.compile("^Nêu "))
    expect(missing).to_have_count(3)
    expect(page.get_by_role("button", name="Trình thẩm định")).to_have_attribute("aria-disabled", "true")


def test_reviewer_builds_the_plan_and_submits_it(page, login):
    login(page, "truongphong")
    page.goto("/ke-hoach/?nam=2027")
    page.get_by_role("row").filter(has_text="2027, đợt 2").get_by_role("link").first.click()
    page.wait_for_url("**/ke-hoach/*/")
    envelope = page.locator(".envelopes > div").filter(has_text="khuyến công địa phương")
    line = page.get_by_role("row").filter(has_text="Máy chà nhám thùng")

    expect(envelope).to_contain_text("Trong kế hoạch 245.000.000")
    line.get_by_role("button", name="Vào kế hoạch").click()
    expect(envelope).to_contain_text("Trong kế hoạch 400.000.000")
    line.get_by_role("button", name="Dự phòng").click()
    expect(envelope).to_contain_text("Trong kế hoạch 245.000.000")
    line.get_by_role("button", name="Đưa ra").click()
    expect(line.get_by_role("button", name="Đưa ra")).to_have_count(0)
    line.get_by_role("button", name="Vào kế hoạch").click()
    expect(envelope).to_contain_text("Trong kế hoạch 400.000.000")

    page.get_by_label("Số tờ trình").fill("201/TTr-SCT")
    page.get_by_role("button", name="Trình kế hoạch").click()
    expect(page.get_by_text("Đã trình Kế hoạch")).to_be_visible()
    expect(page.get_by_role("button", name="Vào kế hoạch")).to_have_count(0)
    page.get_by_role("link", name="Bản trình").or_(page.get_by_role("link", name="lần 1")).first.click()
    expect(page.get_by_text("Nội dung khớp mã băm")).to_be_visible()


# The one journey on both databases: its acts lock rows, defer constraints and freeze what they decide on.
@pytest.mark.every_database
def test_director_returns_lines_until_the_plan_fits_and_approves(new_page, login):
    page = new_page()
    login(page, "giamdoc")
    page.goto("/ke-hoach/?nam=2027&trang_thai=submitted")
    page.get_by_role("row").filter(has_text="2027, đợt 1").get_by_role("link").first.click()
    page.wait_for_url("**/ke-hoach/*/")
    plan = page.url
    page.goto(f"{plan}duyet/")
    local = page.locator(".envelopes > div").filter(has_text="khuyến công địa phương")
    expect(local).to_contain_text("Vượt 110.000.000 đồng")
    page.get_by_role("button", name="Duyệt 14").click()
    expect(page.get_by_role("alert").or_(page.locator(".error-summary")).first).to_be_visible()

    def send_back(name):
        row = page.get_by_role("row").filter(has_text=name)
        row.get_by_role("radio", name="Trả lại").check()

    send_back("Nhãn hiệu khoai lang sấy Bình Tân")
    expect(local).to_contain_text("Vượt 75.000.000 đồng")
    send_back("Tập huấn chuyển đổi số")
    expect(local).to_contain_text("Còn 30.000.000 đồng")
    expect(page.locator("#desk-summary")).to_contain_text("trả lại 2")
    for number, field in enumerate(page.get_by_label("Vì sao trả lại").filter(visible=True).all(), 1):
        field.fill(f"Lý do thứ {number}: bổ sung báo giá.")
    page.get_by_label("Số quyết định").fill("2310/QĐ-UBND")
    page.get_by_label("Ngày ký").fill("22/11/2026")
    page.get_by_role("button", name=re.compile("Duyệt 12, trả lại 2")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Duyệt 12 đề án, trả lại 2?")
    page.get_by_role("button", name=re.compile("Duyệt 12")).click()
    expect(page.get_by_text("Đã phê duyệt 12 đề án, trả lại 2 đề án.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("2310/QĐ-UBND")

    page.get_by_role("link", name=re.compile("^Bản phê duyệt|^Bản duyệt|[Pp]hê duyệt lần 1")).first.click()
    expect(page.get_by_text("Nội dung khớp mã băm")).to_be_visible()
    expect(page.get_by_role("heading", name="12 đề án, nhiệm vụ")).to_be_visible()


def test_returned_file_says_why_first_and_goes_back_to_its_reviewer(new_page, login):
    name, reason = "Tập huấn an toàn thực phẩm cho cơ sở chế biến", "Nêu rõ số người học; hai lớp cần thêm thời gian."
    officer, reviewer = new_page(), new_page()
    login(officer, "chuyenvien")
    login(reviewer, "truongphong")

    officer.goto("/de-an/?nam=2027")
    officer.get_by_role("link", name=name).click()
    officer.get_by_role("link", name="Trình thẩm định").click()
    officer.get_by_role("button", name="Trình thẩm định").click()
    expect(officer.get_by_text("chuyển sang bước")).to_be_visible()
    project = officer.url

    reviewer.goto(project)
    reviewer.get_by_role("link", name="Trả lại").click()
    reviewer.get_by_label("Lý do trả lại").fill(reason)
    reviewer.get_by_label("Mục tiêu", exact=True).check()
    reviewer.get_by_label("Ngày hoàn thành", exact=True).check()
    reviewer.get_by_role("button", name="Trả lại").click()
    expect(reviewer.locator(".page-head")).to_contain_text("Bị trả lại")

    officer.goto("/")
    task = officer.locator(".work li").filter(has_text=name)
    expect(task).to_contain_text(reason)
    task.get_by_role("link", name="Sửa 2 mục").click()
    note = officer.locator(".alert").filter(has_text="trả lại ngày")
    expect(note).to_contain_text(reason)
    assert note.bounding_box()["y"] < officer.locator("#funding").bounding_box()["y"]

    note.get_by_role("link", name="Mục tiêu").click()
    expect(officer.get_by_label("Mục tiêu")).to_be_visible()
    expect(note).to_contain_text(reason)
    expect(note.get_by_role("link")).to_have_text(["Ngày hoàn thành", "Mục tiêu"])
    assert note.bounding_box()["y"] < officer.locator("main form").bounding_box()["y"]
    expect(officer.get_by_text("Được nêu khi trả lại")).to_have_count(1)
    officer.get_by_label("Mục tiêu").fill("Hai lớp, mỗi lớp 40 người.")
    officer.get_by_role("button", name="Lưu, làm sau").click()
    parts = officer.get_by_role("navigation", name="Các phần của đề án")
    expect(parts).to_contain_text("Đã sửa")
    expect(parts).to_contain_text("Cần sửa 1 mục")
    note.get_by_role("link", name="Ngày hoàn thành").click()
    officer.get_by_label("Ngày hoàn thành").fill("30/11/2027")
    officer.get_by_role("button", name="Lưu, làm sau").click()
    expect(parts).not_to_contain_text("Cần sửa")

    parts.get_by_role("link", name="Kiểm tra và trình").click()
    [returned_by] = re.findall("hồ sơ về lại (.+)[.]", officer.locator(".action-bar").inner_text())
    officer.get_by_role("button", name="Trình thẩm định").click()
    expect(officer.get_by_text("chuyển sang bước")).to_be_visible()
    expect(note).to_have_count(0)

    reviewer.goto(project)
    expect(reviewer.get_by_text("Người thẩm định").locator("+ dd")).to_have_text(returned_by)
    expect(reviewer.locator("summary .name")).to_contain_text(returned_by)
    reviewer.get_by_role("link", name="Thẩm định", exact=True).click()
    reviewer.get_by_label("Ý kiến thẩm định").fill("Đã nêu rõ, đạt.")
    reviewer.get_by_role("button", name="Thẩm định").click()
    expect(reviewer.locator(".page-head")).to_contain_text("Đã thẩm định")
    expect(reviewer.locator("main")).to_contain_text("30/11/2027")


def test_author_of_a_plan_is_refused_at_the_desk(page, login):
    login(page, "truongphong")
    page.goto("/ke-hoach/?nam=2027")
    page.get_by_role("row").filter(has_text="2027, đợt 1").get_by_role("link").first.click()
    page.wait_for_url("**/ke-hoach/*/")
    answer = page.goto(f"{page.url}duyet/")

    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_two_tabs_on_one_project_lose_nothing(new_page, login):
    first = new_page()
    login(first, "chuyenvien")
    project = new_project(first, "Đề án mở ở hai thẻ")
    second = first.context.new_page()
    for tab in (first, second):
        tab.goto(f"{project}sua/noi-dung/")
    first.get_by_label("Mục tiêu").fill("Mục tiêu của thẻ thứ nhất.")
    first.get_by_role("button", name="Lưu, làm sau").click()
    expect(first.get_by_text("Đã lưu phần")).to_be_visible()

    second.get_by_label("Mục tiêu").fill("Mục tiêu của thẻ thứ hai.")
    second.get_by_label("Sự cần thiết").fill("Chỉ thẻ thứ hai có.")
    second.get_by_role("button", name="Lưu, làm sau").click()
    expect(second.get_by_role("heading", name="Có người vừa sửa hồ sơ này")).to_be_visible()
    conflict = second.get_by_role("group", name="Mục tiêu")
    expect(conflict).to_contain_text("Mục tiêu của thẻ thứ nhất.")
    expect(conflict).to_contain_text("Mục tiêu của thẻ thứ hai.")
    expect(second.get_by_label("Sự cần thiết")).to_have_value("Chỉ thẻ thứ hai có.")
    first.reload()
    expect(first.get_by_label("Mục tiêu")).to_have_value("Mục tiêu của thẻ thứ nhất.")

    conflict.get_by_label(re.compile("thẻ thứ nhất")).check()
    second.get_by_role("button", name="Lưu, làm sau").click()
    expect(second.get_by_text("Đã lưu phần")).to_be_visible()
    expect(second.get_by_label("Mục tiêu")).to_have_value("Mục tiêu của thẻ thứ nhất.")
    expect(second.get_by_label("Sự cần thiết")).to_have_value("Chỉ thẻ thứ hai có.")


def test_officer_prints_minutes_and_takes_a_filtered_list_to_excel(page, login):
    login(page, "chuyenvien")
    page.goto("/ban-giao/")
    page.get_by_role("row").filter(has_text="Đang chuẩn bị").locator("a.title").first.click()
    page.wait_for_url(re.compile(r"/ban-giao/\d+/$"))
    single = page.get_by_role("link", name=re.compile("PDF")).first.get_attribute("href")
    bundle = page.get_by_role("link", name=re.compile(r"In cả \d+ biên bản")).get_attribute("href")
    for address in (single, bundle):
        answer = page.request.get(address)
        text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.body())).pages)
        assert answer.headers["content-type"] == "application/pdf"
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
        assert "BẢN NHÁP" in text

    page.goto("/de-an/")
    page.get_by_label("Tìm", exact=True).fill("may")
    page.get_by_label("Năm kế hoạch").select_option("2027")
    page.get_by_role("button", name="Lọc").click()
    page.wait_for_url("**nam=2027**")
    link = page.get_by_role("link", name=re.compile("Xuất Excel"))
    count = int(re.search(r"\d+", link.inner_text())[0])
    codes = set(page.locator("#project-table tbody tr td:first-child").all_inner_texts())
    assert 0 < count == len(codes)
    with page.expect_download() as download:
        link.click()
    sheet = load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    in_file = [value for value in cells if re.fullmatch(r"K\w+27-\d+", value)]
    assert len(in_file) == count
    assert {code.split()[0] for code in codes} == set(in_file)


def test_everything_needed_works_without_script(new_page, login):
    page = new_page(java_script_enabled=False)
    login(page, "truongphong")
    page.goto("/de-an/")
    page.get_by_label("Tìm", exact=True).fill("may cha nham")
    page.get_by_role("button", name="Lọc").click()
    expect(page.locator("#project-table tbody tr")).to_have_count(1)
    expect(page.locator("#project-table tbody tr")).to_contain_text("Máy chà nhám thùng")

    new_project(page, "Đề án nhập không cần mã kịch bản")
    page.get_by_role("link", name="Kinh phí theo nguồn").click()
    page.get_by_label("Tổng dự toán").fill("0,3 tỷ")
    page.get_by_role("button", name="Lưu, làm sau").click()
    expect(page.get_by_label("Tổng dự toán")).to_have_value("300.000.000")

    page.goto("/ke-hoach/?nam=2026")
    page.get_by_role("row").filter(has_text="2026, đợt 3").get_by_role("link").first.click()
    line = page.get_by_role("row").filter(has=page.get_by_role("button", name="Đưa ra")).first
    code = line.get_by_role("cell").first.inner_text().split()[0]
    line.get_by_role("button", name="Đưa ra").click()
    moved = page.get_by_role("row").filter(has_text=code)
    expect(moved.get_by_role("button", name="Vào kế hoạch")).to_be_visible()
    expect(moved.get_by_role("button", name="Đưa ra")).to_have_count(0)

    page.get_by_role("searchbox").first.fill("keo dua")
    page.get_by_role("searchbox").first.press("Enter")
    expect(page.get_by_role("heading", name=re.compile(r"\d+ cơ sở"))).to_be_visible()


def test_project_goes_from_its_facility_into_the_plan_without_script(new_page, login):
    officer, reviewer = (new_page(java_script_enabled=False) for _person in range(2))
    login(officer, "chuyenvien")
    officer.goto("/co-so/moi/")
    officer.get_by_label("Tên cơ sở").fill("Hộ kinh doanh Không Cần Mã Kịch Bản")
    officer.get_by_label("Xã, phường").fill("Xã Mỏ Cày, tỉnh Vĩnh Long")
    officer.get_by_label("Hình thức pháp lý").select_option(label="Hộ kinh doanh")
    officer.get_by_role("button", name="Lưu cơ sở").click()
    expect(officer.get_by_text("Đã thêm cơ sở")).to_be_visible()

    name = "Máy sấy từ cơ sở đến kế hoạch"
    project = new_project(officer, name)
    officer.get_by_label("Đơn vị thực hiện").select_option(index=1)
    officer.get_by_label("Ngày bắt đầu").fill("01/12/2026")
    officer.get_by_label("Ngày hoàn thành").fill("20/12/2026")
    next_part(officer)
    officer.get_by_label("Tổng dự toán").fill("640tr")
    officer.get_by_label("Khuyến công địa phương").fill("30tr")
    officer.get_by_role("button", name="Dồn phần còn lại").click()
    expect(officer.get_by_text("Đã dồn 610.000.000 đồng")).to_be_visible()
    next_part(officer)

    # A name that says too little is answered with those that it may mean.
    facility = officer.get_by_role("combobox", name="Cơ sở")
    facility.fill("dua")
    next_part(officer)
    expect(officer.locator(".field-error")).to_contain_text("Có nhiều kết quả")
    facility.fill("Hộ kinh doanh Không Cần Mã Kịch Bản")
    officer.get_by_role("button", name="Điền phần còn lại của đề án").click()
    next_part(officer)
    officer.get_by_role("textbox", name="Máy móc, hạng mục").first.fill("Máy sấy")
    officer.get_by_role("textbox", name="Số lượng").first.fill("2")
    officer.get_by_role("textbox", name="Đơn giá").first.fill("320tr")
    next_part(officer)
    for _part in ("nội dung", "hiệu quả"):
        for area in officer.locator("main textarea").all():
            area.fill("Nêu đủ để trình.")
        next_part(officer)
    officer.get_by_role("button", name="Trình thẩm định").click()
    expect(officer.get_by_text("chuyển sang bước thẩm định")).to_be_visible()

    login(reviewer, "truongphong")
    reviewer.goto(f"{project}tham-dinh/")
    reviewer.get_by_label("Ý kiến").fill("Đủ điều kiện.")
    reviewer.get_by_role("button", name="Thẩm định").click()
    expect(reviewer.locator(".alert--good")).to_contain_text("Đã thẩm định")
    reviewer.goto("/ke-hoach/?nam=2026")
    reviewer.get_by_role("row").filter(has_text="2026, đợt 3").get_by_role("link").first.click()
    line = reviewer.get_by_role("row").filter(has_text=name)
    line.get_by_role("button", name="Vào kế hoạch").click()
    expect(reviewer.locator(".alert--good")).to_contain_text("Trong kế hoạch")
    expect(line.get_by_role("button", name="Đưa ra")).to_be_visible()


MAIN_PAGES = ("/", "/co-so/", "/chuong-trinh/", "/ke-hoach/", "/de-an/", "/ban-giao/", "/don-vi-hanh-chinh/?q=tra+cu")
OTHER_PAGES = ("/tim-kiem/?q=dua", "/tro-giup/", "/tro-giup/ai-duoc-lam-gi/", "/co-gi-moi/", "/doi-mat-khau/")
LISTS = ("/co-so/", "/chuong-trinh/", "/ke-hoach/", "/de-an/", "/ban-giao/")
WIDTHS = (768, 1366)
USERNAMES = ("chuyenvien", "truongphong", "giamdoc", "ketoan", "lanhdao", "quantri", "trungtam1")


@pytest.mark.parametrize("username", USERNAMES)
def test_pages_open_and_fit_tablet_and_desk(page, login, username):
    login(page, username)
    addresses = [*MAIN_PAGES]
    if username == "chuyenvien":
        addresses += OTHER_PAGES
    if username == "truongphong":
        addresses += [record_on(page, address) for address in LISTS]
    answers, too_wide = {}, {}
    for address in addresses:
        answers[address] = page.goto(address).status
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if (over := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
                too_wide[address, width] = over

    assert answers == dict.fromkeys(addresses, 200)
    assert too_wide == {}


def record_on(page, address):
    """The address of the first record of a list."""
    page.goto(address)
    return page.locator("main table a.title").first.get_attribute("href")


def test_accountant_signs_a_contract_advances_and_waits_for_acceptance(page, login):
    login(page, "ketoan")

    # From “Việc của tôi” to the contract of what is approved.
    waiting = page.get_by_role("listitem").filter(has_text="Tư vấn bao bì sản phẩm OCOP chủ lực")
    waiting.get_by_role("link", name="Ký hợp đồng").click()
    page.get_by_label("Số hợp đồng").fill("88/HĐ-KC")
    page.get_by_label("Ngày ký").fill("01/12/2025")
    page.get_by_role("button", name="Ghi hợp đồng đã ký").click()
    expect(page.locator("main")).to_contain_text("Ngày ký không thể trước ngày phê duyệt kế hoạch 15/12/2025")
    expect(page.get_by_label("Số hợp đồng")).to_have_value("88/HĐ-KC")
    page.get_by_label("Ngày ký").fill("02/02/2026")
    page.get_by_role("button", name="Ghi hợp đồng đã ký").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("88/HĐ-KC")

    # The first advance: the cap is told before and after typing, with its clause.
    page.get_by_role("link", name="Tư vấn bao bì sản phẩm OCOP chủ lực").first.click()
    page.get_by_role("link", name="Hợp đồng, chi").click()
    expect(page.locator("main")).to_contain_text("125.000.000")
    page.get_by_role("link", name="Tạm ứng", exact=True).click()
    page.get_by_label("Số chứng từ").fill("UNC 900")
    page.get_by_label("Số tiền").fill("88tr")
    expect(page.locator("main")).to_contain_text("số đang nhập vượt 500.000 đồng")
    page.get_by_role("button", name="Ghi tạm ứng").click()
    expect(page.locator("main")).to_contain_text("còn tạm ứng được 87.500.000 đồng")
    expect(page.get_by_label("Số chứng từ")).to_have_value("UNC 900")
    page.get_by_label("Số tiền").fill("87,5tr")
    page.get_by_role("button", name="Ghi tạm ứng").click()
    expect(page.get_by_role("row", name="UNC 900")).to_contain_text("87.500.000")

    # The rest waits until work was done, and the page says so.
    expect(page.locator("main")).to_contain_text("Đề án chưa bắt đầu thực hiện: chỉ tạm ứng được.")
    expect(page.get_by_role("link", name="Thanh toán phần còn lại")).to_have_count(0)


def downloaded(page, link):
    """The bytes that a link of a page gives."""
    with page.expect_download() as download:
        link.click()
    return download.value.path().read_bytes()


def test_officer_issues_all_minutes_of_an_event_and_anyone_checks_them(new_page, login):
    officer, passer_by = new_page(), new_page()
    login(officer, "chuyenvien.travinh")
    officer.goto("/ban-giao/")
    officer.get_by_role("row").filter(has_text="12/12").locator("a.title").click()
    officer.wait_for_url(re.compile(r"/ban-giao/\d+/$"))
    event = officer.url

    # All minutes in one go, by the workers; the page tells when they are done.
    officer.get_by_role("link", name="In cả 5 biên bản").click()
    officer.get_by_role("button", name="Phát hành và in 5 biên bản").click()
    expect(officer.get_by_text("Đã làm 5 văn bản.")).to_be_visible(timeout=120_000)
    pile = PdfReader(io.BytesIO(downloaded(officer, officer.get_by_role("link", name="Tải một tệp PDF để in"))))
    assert len(pile.outline) == 5
    assert "BẢN NHÁP" not in "".join(sheet.extract_text() for sheet in pile.pages)
    single = downloaded(officer, officer.get_by_role("link", name="Tải tệp nén từng văn bản"))
    names = zipfile.ZipFile(io.BytesIO(single)).namelist()
    assert len([name for name in names if name.endswith(".pdf")]) == 5

    # One of them: as PDF, and as Word to be worded anew.
    officer.goto(event)
    row = officer.get_by_role("row").filter(has_text="Sở Công Thương tỉnh Trà Vinh")
    word = zipfile.ZipFile(io.BytesIO(downloaded(officer, row.get_by_role("link", name="Word"))))
    assert "Trà Vinh" in word.read("word/document.xml").decode()
    row.get_by_role("link", name="Số 01/BB-DASME").click()
    expect(officer.get_by_role("heading", level=1)).to_contain_text("Số 01/BB-DASME")
    paper = PdfReader(io.BytesIO(downloaded(officer, officer.get_by_role("link", name="Tải về"))))
    foot = paper.pages[0].extract_text()
    [code] = re.findall(r"Mã tra cứu: (\w{5}-\w{5})", foot)
    [address] = re.findall(r"vào \S+?(/kiem-tra)", foot)

    # Whoever holds the page needs no account.
    passer_by.goto(f"{address}/")
    passer_by.get_by_role("textbox").fill(code)
    passer_by.get_by_role("textbox").press("Enter")
    expect(passer_by.get_by_role("heading", level=1)).to_have_text("Văn bản có thật, đang hiệu lực")
    expect(passer_by.locator("main")).to_contain_text("01/BB-DASME")

    officer.get_by_role("link", name="Thu hồi").click()
    officer.get_by_label("Lý do thu hồi").fill("Ghi sai tên người nhận.")
    officer.get_by_role("button", name="Thu hồi văn bản").click()
    expect(officer.get_by_text("Văn bản này đã thu hồi.")).to_be_visible()
    passer_by.reload()
    expect(passer_by.get_by_role("heading", level=1)).to_have_text("Văn bản đã thu hồi")
    expect(passer_by.locator("main")).not_to_contain_text("Ghi sai tên người nhận")
