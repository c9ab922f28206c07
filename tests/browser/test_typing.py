"""Nothing typed is lost: kept while typing, by two windows, without a network, after the session; pressed twice."""

import re

import pytest
from playwright.sync_api import expect

PAGE = "/co-so/moi/"
SAVED = re.compile(r"^Đã lưu lúc \d\d:\d\d")


def name_of(page):
    return page.get_by_label("Tên cơ sở", exact=True).first


def status(page):
    return page.locator(".draft-status")


def trouble(page):
    return page.locator(".draft-trouble").first


@pytest.fixture
def officer(page, login):
    login(page, "chuyenvien")
    page.goto(PAGE)
    offer = page.locator("[data-draft-offer]")
    if offer.count():
        offer.locator("summary").click()
        offer.get_by_role("button", name="Bỏ bản này").click()
    return page


def test_draft_of_one_window_is_offered_in_the_next(officer, foreseen):
    foreseen.add("/ban-nhap/luu/")
    name_of(officer).fill("Cơ sở Đan lát")
    expect(status(officer)).to_have_text(SAVED)

    other = officer.context.new_page()
    other.goto(PAGE)
    name_of(other).fill("Tên khác")
    expect(trouble(other)).to_contain_text("chọn dùng lại hay bỏ bản đang nhập dở")
    other.get_by_role("link", name="Dùng lại").click()
    expect(name_of(other)).to_have_value("Cơ sở Đan lát")
    expect(status(other)).to_have_text(SAVED)

    name_of(officer).fill("Cơ sở Đan lát Ba Tri")
    expect(trouble(officer)).to_contain_text("đang được nhập ở một cửa sổ khác")
    officer.get_by_role("button", name="Lấy bản ở cửa sổ này").click()
    expect(status(officer)).to_have_text(SAVED)


def test_without_a_network_it_says_so_and_saves_when_it_is_back(officer, foreseen):
    foreseen.add("htmx:sendError")  # the numbers in the head may just be counted anew
    officer.context.set_offline(True)
    name_of(officer).fill("Mất mạng khi đang gõ")
    expect(trouble(officer)).to_contain_text("không tới được máy chủ")
    officer.context.set_offline(False)
    expect(status(officer)).to_have_text(SAVED)
    expect(name_of(officer)).to_have_value("Mất mạng khi đang gõ")


def test_ended_session_is_taken_up_on_the_same_page(officer):
    kept = [cookie for cookie in officer.context.cookies() if not cookie["name"].endswith(("sessionid", "phien"))]
    officer.context.clear_cookies()
    officer.context.add_cookies(kept)
    name_of(officer).fill("Từng chữ một còn nguyên")
    dialog = officer.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Phiên đăng nhập đã kết thúc")
    dialog.get_by_label("Tên đăng nhập").fill("chuyenvien")
    dialog.get_by_label("Mật khẩu").fill("sai mật khẩu")
    officer.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Tên đăng nhập hoặc mật khẩu không đúng.")
    dialog.get_by_label("Mật khẩu").fill("khuyencong")
    officer.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(status(officer)).to_have_text(SAVED)
    expect(name_of(officer)).to_have_value("Từng chữ một còn nguyên")
    # The token of the new session is in the form: saving is refused for what is missing, not for the session.
    officer.get_by_role("button", name="Lưu cơ sở").click()
    expect(officer.locator(".error-summary")).to_be_visible()
    expect(name_of(officer)).to_have_value("Từng chữ một còn nguyên")


def test_pressed_twice_and_sent_again_after_going_back_makes_one(officer):
    name = "Cơ sở chỉ ghi một lần"
    name_of(officer).fill(name)
    officer.get_by_label("Hình thức pháp lý").select_option("household_business")
    officer.get_by_label("Xã, phường").fill("phường An Hội, tỉnh Vĩnh Long")
    officer.get_by_role("button", name="Lưu cơ sở").dblclick()
    expect(officer.get_by_role("heading", name=name)).to_be_visible()
    officer.go_back()
    expect(name_of(officer)).to_be_visible()
    name_of(officer).fill(name)
    officer.goto("/co-so/?q=chỉ ghi một lần")
    expect(officer.get_by_role("link", name=name)).to_have_count(1)


def test_numbers_of_the_head_that_nobody_asked_for_fail_in_silence(page, login, foreseen):
    login(page, "chuyenvien")
    page.goto("/de-an/")
    numbers = page.locator("#desk-numbers")
    stood = numbers.inner_text()
    foreseen.add("htmx:sendError")
    page.route("**/so-viec/", lambda route: route.abort())

    with page.expect_event("requestfailed"):
        page.evaluate("htmx.ajax('POST', '/so-viec/', {source: '#desk-numbers'}).catch(() => {})")

    page.evaluate("new Promise(requestAnimationFrame)")
    assert numbers.inner_text() == stood
    expect(page.get_by_role("alert")).to_have_count(0)


def test_part_that_was_asked_for_says_that_the_server_did_not_answer(page, login, foreseen):
    login(page, "chuyenvien")
    page.goto("/de-an/")
    foreseen.add("htmx:sendError")
    page.route("**/de-an/?*", lambda route: route.abort())

    page.locator("#list-filter").get_by_role("button", name="Lọc", exact=True).click()

    expect(page.locator("#project-table").get_by_role("alert")).to_contain_text("Máy chủ chưa trả lời")
