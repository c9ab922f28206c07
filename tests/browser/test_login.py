from playwright.sync_api import expect

USERNAMES = ("chuyenvien", "truongphong", "giamdoc", "ketoan", "lanhdao", "quantri", "trungtam1")


def test_stranger_signs_in_and_comes_back_to_where_they_wanted(page):
    page.goto("/co-so/")
    expect(page).to_have_url("/dang-nhap/?next=/co-so/")
    expect(page.get_by_text("về đúng trang đang mở")).to_be_visible()

    page.get_by_label("Tên đăng nhập").fill("chuyenvien")
    page.get_by_label("Mật khẩu").fill("khuyencong")
    page.get_by_role("button", name="Đăng nhập").click()

    expect(page).to_have_url("/co-so/")


def test_wrong_password_says_what_to_check(page):
    page.goto("/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill("chuyenvien")
    page.get_by_label("Mật khẩu").fill("sai")
    page.get_by_role("button", name="Đăng nhập").click()

    expect(page.get_by_role("alert")).to_contain_text("Không đăng nhập được")
    expect(page.get_by_label("Tên đăng nhập")).to_have_value("chuyenvien")
    expect(page.get_by_label("Mật khẩu")).to_have_value("")


def test_every_demo_account_signs_in_and_reaches_its_first_page(new_page, login):
    for username in USERNAMES:
        page = new_page()
        login(page, username)
        expect(page).to_have_url("/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
