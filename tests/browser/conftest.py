"""Headless Chromium against a started portal with the demo in it.

A test asks for `page` (one guarded page), for `new_page` when it needs several people at once, and for `login`.
A page that writes an error to the console, violates the content security policy, misses a file, breaks the
server or calls anything outside fails its test; what it showed is then kept in var/browser-failures.
"""

import contextlib
import re
import shutil

import pytest
from django.conf import settings
from playwright.sync_api import expect, sync_playwright

from tests.portal import run, serving

PASSWORD = "khuyencong"
FAILURES = settings.BASE_DIR / "var" / "browser-failures"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(settings.BASE_DIR / "tests" / "browser"):
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash.setdefault(FAILED, False)
    item.stash[FAILED] |= report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def start_portal(with_demo, install):
    """`start_portal(purpose)` starts one with the demo, on the kind of database that the suite runs on."""
    with contextlib.ExitStack() as started:

        def start(purpose):
            installation = install(with_demo.copied, purpose)
            run("collectstatic", "--no-input", "--verbosity", "0", **installation.environment)
            return started.enter_context(serving(**installation.environment))

        yield start


@pytest.fixture(scope="session")
def portal(start_portal):
    """The one that the tests share; whoever needs the demo as it was loaded has one of their own."""
    return start_portal("browser")


# Not for the session: while its event loop runs, Django has another connection to the database in this thread,
# and the tests that come afterwards would begin and undo their transactions on that one.
@pytest.fixture(scope="module")
def browser():
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def foreseen():
    """Ends of addresses that the test has refused, and beginnings of what the page then writes to the console:
    a test adds them when the refusal is what it is about."""
    return set()


@pytest.fixture
def new_page(request, browser, portal, foreseen):
    """`new_page(**context)` opens a page of a person of its own; the keywords are Playwright's new_context's."""
    pages = []

    def open_page(**context):
        options = {"base_url": portal.url, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
        context = browser.new_context(**options | {"viewport": {"width": 1280, "height": 900}} | context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        pages.append((page, watch(page, portal, foreseen)))
        return page

    yield open_page
    problems = [problem for _page, found in pages for problem in found]
    if problems or request.node.stash.get(FAILED, False):
        keep([page for page, _found in pages], request.node.name, portal)
    for page, _found in pages:
        page.context.close()
    if problems:
        pytest.fail("\n".join(problems))


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture
def login():
    """`login(page, username)` signs a demo account in, as a person does."""

    def sign_in(page, username, password=PASSWORD):
        page.goto("/dang-nhap/")
        page.get_by_label("Tên đăng nhập").fill(username)
        page.get_by_label("Mật khẩu").fill(password)
        page.get_by_label("Mật khẩu").press("Enter")
        expect(page.get_by_label("Mật khẩu")).to_have_count(0)

    return sign_in


# A live hint that was still on its way when the person sent the form: htmx tells that it was cut off.
CUT_OFF = ("htmx:afterRequest", "htmx:sendAbort")


def watch(page, portal, foreseen):
    """A list that fills with what goes wrong on the page."""
    problems = []

    def note_message(message):
        # A file that is missing is told by its answer; the address of a page may well be refused.
        if message.type == "error" and not message.text.startswith(("Failed to load resource", *CUT_OFF, *foreseen)):
            problems.append(f"{page.url}: {message.text}")

    def note_answer(answer):
        is_foreseen = answer.url.endswith(tuple(foreseen))
        refused = answer.status >= 400 and answer.request.resource_type != "document" and not is_foreseen
        if refused or answer.status >= 500:
            problems.append(f"{page.url}: {answer.status} {answer.url}")

    def note_request(request):
        if not request.url.startswith((portal.url + "/", "data:", "blob:")):
            problems.append(f"{page.url}: calls {request.url}")

    page.on("console", note_message)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on("response", note_answer)
    page.on("request", note_request)
    return problems


def keep(pages, name, portal):
    """Picture and source of every page, and what the server wrote."""
    FAILURES.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w-]+", "-", name)
    for number, page in enumerate(pages, start=1):
        page.screenshot(path=FAILURES / f"{name}-{number}.png", full_page=True)
        (FAILURES / f"{name}-{number}.html").write_text(page.content())
    shutil.copy(portal.log, FAILURES / f"{name}.log")
