from playwright.sync_api import expect


def test_stranger_meets_the_login_page_and_comes_back_to_where_they_wanted(page):
    page.goto("/co-so/")
    expect(page).to_have_url("/dang-nhap/?next=/co-so/")
    page.locator("[name=username]").fill("chuyenvien")
    page.locator("[name=password]").fill("khuyencong")
    page.locator("[name=password]").press("Enter")
    expect(page).to_have_url("/co-so/")


def test_wrong_password_is_told_in_vietnamese(page):
    page.goto("/dang-nhap/")
    page.locator("[name=username]").fill("chuyenvien")
    page.locator("[name=password]").fill("sai")
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_text("Hãy nhập")).to_be_visible()


def test_every_demo_account_signs_in(new_page, login):
    for username in ("chuyenvien", "truongphong", "giamdoc", "ketoan", "lanhdao", "quantri", "trungtam1"):
        page = new_page()
        login(page, username)
        assert page.title() != ""
