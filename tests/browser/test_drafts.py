"""What drafts keep of a page with a file to choose, and of a page with two forms."""

import re

from playwright.sync_api import expect

SAVED = re.compile(r"^Đã lưu lúc \d\d:\d\d")
PDF = {"name": "giay.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
SECOND = '<form method="post" data-guard><input name="csrfmiddlewaretoken" type="hidden"><input name="khac"></form>'


def test_chosen_file_is_said_not_to_be_kept(page, login):
    login(page, "chuyenvien")
    page.goto("/de-an/?nam=2027&trang-thai=returned")
    page.locator("main table a.title").first.click()
    page.wait_for_url("**/de-an/*/")
    address = f"{page.url}giay-to/moi/"
    page.goto(address)
    page.locator("input[type=file]").set_input_files(PDF)
    page.locator("#id_number").fill("12/XN")
    expect(page.locator(".draft-status")).to_contain_text("tệp đã chọn không nằm trong bản nháp")

    other = page.context.new_page()
    other.goto(address)
    other.get_by_role("link", name="Dùng lại").click()
    expect(other.locator(".hint[role=status]")).to_contain_text("chọn lại")
    expect(other.locator("#id_number")).to_have_value("12/XN")


def test_of_two_forms_the_one_typed_into_is_kept(page, login):
    def with_second(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</main>", f"{SECOND}</main>"))

    login(page, "chuyenvien2")
    page.route("**/co-so/moi/", with_second)
    page.goto("/co-so/moi/")
    page.locator("#id_name").fill("Hai mẫu một trang")
    expect(page.locator(".draft-status")).to_have_text(SAVED)
    expect(page.locator("form[data-guard]").first.locator(".draft-status")).to_have_count(1)
