"""What every page has to be: usable by everyone (axe-core), valid HTML (a strict parser, the Nu checker), Vietnamese.

The suite walks the addresses of tests/test_access.py; `python -m tests.pages` walks the whole demo (of VAR_DIR) as
every role along its links and prints what it finds. Both have a copy of each page first and look at it afterwards, so
that no browser waits for a server.
"""

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, deque
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import axe_playwright_python
import tinyhtml5.parser
from django.contrib.staticfiles import finders
from playwright.sync_api import sync_playwright

ORIGIN = "http://cong.test"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# `npm pack vnu-jar@26.9.27`, or https://github.com/validator/validator: too large to keep here, Java runs it.
NU = Path(os.environ.get("NU_CHECKER", Path(__file__).resolve().parent.parent / "var" / "vnu.jar"))
# Accounts of the demo.
PEOPLE = ("chuyenvien", "truongphong", "giamdoc", "ketoan", "lanhdao", "quantri")
# Elements that never close.
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# References from one element to others by id.
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "form", "list")
# What Django's own administration writes, past every translation; its templates are not ours.
OF_DJANGO = ("Element “option” without attribute “label” must not be empty.",)
WORDS_OF_DJANGO = {"Search", "False"}

# ---------- One page as text ----------


class Reader(HTMLParser):
    """Shape, ids, references and words of a page."""

    def __init__(self, html):
        super().__init__()
        self.open, self.shape, self.ids, self.asked, self.texts = [], set(), Counter(), [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        means = sorted(name for name in told if name.startswith("aria-") or name in ("alt", "disabled", "tabindex"))
        kind = f"{tag}.{told.get('class', '')}{means}{told.get('type', '')}{told.get('role', '')}"
        self.open.append((tag, "" if tag == "template" else kind))
        self.shape.add("/".join(kind for _tag, kind in self.open[-2:]))
        if "id" in told and ("template", "") not in self.open:
            self.ids[told["id"]] += 1
        self.asked += [(name, key) for name in REFERENCES for key in (told.get(name) or "").split()]
        self.texts += [told[name] for name in ("title", "alt", "aria-label", "placeholder") if told.get(name)]
        if tag == "input" and told.get("type") in ("submit", "button"):
            self.texts.append(told.get("value", ""))
        if tag in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place][0] == tag:
                del self.open[place:]
                break

    def handle_data(self, data):
        if not {"script", "style", "code", "kbd", "textarea"} & {tag for tag, _kind in self.open}:
            self.texts.append(data)


read = functools.cache(Reader)


# The parser knows no templates: rows kept in one for a script are read as those of a table.
ROWS_KEPT = re.compile(r"<template[^>]*>\s*(<tbody.*?</tbody>)\s*</template>", re.DOTALL)


def markup_faults(html):
    """What a strict parser says against a page."""
    parser = tinyhtml5.parser.HTMLParser(namespace_html_elements=False)
    parser.parse(ROWS_KEPT.sub(r"<table>\1</table>", html))
    return [f"{code} {details} at {place}" for place, code, details in parser.errors]


def reference_faults(html):
    """Ids that are there twice, and references that lead nowhere."""
    page = read(html)
    found = [f"id “{key}” {times} times" for key, times in page.ids.items() if times > 1]
    return found + [f"{name}=“{key}” leads nowhere" for name, key in page.asked if key not in page.ids]


# A syllable of Vietnamese without its marks; what is written otherwise is a foreign word.
SYLLABLE = re.compile(
    r"(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu|r|s|th?|tr|v|x)?"
    r"(?:[aeiouy]|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|oo|ua|ue|ui|uo|uu|uy|uye|uya|uyu|ye|yeu|ieu|oai|oay|oeo|uoi|uou"
    r"|uay|uao)(?:ch?|m|ng?|nh|p|t)?",
    re.IGNORECASE,
)
WORD = re.compile(r"(?<![\w./@%&?=#-])[A-Za-z]{2,}(?![\w/@=-]|\.\w)")
# Names, units of measure and words that Vietnamese offices write this way.
BORROWED = frozenset(
    """Excel Word PowerPoint LibreOffice Windows Linux macOS Mac Command Prompt Control Google Calendar Outlook Firefox
    Chrome Authenticator Unicode Times New Roman Liberation Serif ClamAV SQLite PostgreSQL Khmer web website email laser
    marketing plasma flexo composite inox gas macro byte dpi mm cm kg pt Tab Enter Esc Ctrl Shift Alt logo ip
    online km kW ml kB tr tt ultra JavaScript Rone Shan Server File xlsx csv xls ods""".lower().split()
)


def foreign_words(html):
    """English (or a slip) in what a person reads, with the text around it."""
    found = {}
    for text in read(html).texts:
        for word in WORD.findall(text):
            if not (word.isupper() or word in PEOPLE or word.lower() in BORROWED or SYLLABLE.fullmatch(word)):
                found.setdefault(word, " ".join(text.split())[:90])
    if "/static/admin/css/base" in html:
        found = {word: text for word, text in found.items() if word not in WORDS_OF_DJANGO}
    return [f"“{word}” in “{text}”" for word, text in found.items()]


def of_new_shape(pages):
    """The fewest pages, found greedily, that have every element of all pages in its place at least once."""
    shapes = {key: read(html).shape for key, html in pages.items()}
    left, chosen = set().union(*shapes.values()), {}
    while left:
        key = max(shapes, key=lambda key: len(shapes[key] & left))
        left -= shapes.pop(key)
        chosen[key] = pages[key]
    return chosen


# ---------- Nu checker ----------


def nu_is_here():
    return NU.exists() and shutil.which("java") is not None


def nu_faults(pages):
    """{key: [error]} by the Nu checker, one process for all pages."""
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for number, (key, html) in enumerate(pages.items()):
            file = Path(folder, f"{number}.html")
            file.write_text(html)
            files[file.as_uri().replace("///", "/")] = key
        java = ["java", "-Xss8m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(NU)]
        options = ["--format", "json", "--stdout", "--exit-zero-always", "--errors-only", "--skip-non-html", folder]
        answer = subprocess.run([*java, *options], capture_output=True, text=True, check=True)
        found = {}
        for told in json.loads(answer.stdout)["messages"]:
            if told["message"] not in OF_DJANGO:
                extract = " ".join(told.get("extract", "").split())[:160]
                found.setdefault(files[told["url"]], []).append(f"{told['message']} — {extract}")
    return found


# ---------- Browser ----------


@contextlib.contextmanager
def showing(**context):
    """A function `show(address, html)` that answers with a browser's page of that HTML, with the portal's files."""
    shown = {}

    def answer(route):
        path = urlsplit(route.request.url).path
        if path == "/axe.js":
            return route.fulfill(path=AXE, content_type="text/javascript")
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            return route.fulfill(path=file, headers={"Cache-Control": "max-age=3600"}) if file else route.abort()
        if route.request.resource_type == "document":
            return route.fulfill(body=shown["html"], content_type="text/html; charset=utf-8")
        return route.fulfill(status=204)

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "vi-VN"} | context
        opened = launched.new_context(**options)
        opened.route("**/*", answer)
        page = opened.new_page()

        def show(address, html):
            shown["html"] = html
            page.goto(ORIGIN + address)
            return page

        yield show
        launched.close()


# Rows of a table and items of a long text are alike: the first ones stand for all.
SHORTEN = """() => {
  const alike = "tbody > tr:nth-child(n + 7), .guide > :nth-child(n + 60), select > option:nth-child(n + 9)";
  for (const element of document.querySelectorAll(alike)) element.remove();
}"""
RUN_AXE = """async rules => {
  const answer = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  const why = node => (node.failureSummary || "").replaceAll("\\n", " ").slice(0, 250);
  const tell = (rule, node) => `${rule.id}: ${node.html.slice(0, 200)} ${why(node)}`;
  return answer.violations.flatMap(rule => rule.nodes.map(node => tell(rule, node)));
}"""


def axe_faults(page):
    """Violations of WCAG 2.0-2.2, A and AA, on the page that a browser shows."""
    page.evaluate(SHORTEN)
    page.add_script_tag(url="/axe.js")
    return page.evaluate(RUN_AXE, RULES)


# What pushes the page aside; what scrolls in a frame of its own does not.
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const end = element => element.getBoundingClientRect().right;
  const shows = element => getComputedStyle(element).overflowX === "visible";
  const stays = element => !element || (shows(element) && stays(element.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter(element => end(element) > room + 1 && stays(element.parentElement)).slice(0, 3)
    .map(element => `${element.tagName}.${element.getAttribute("class")} ends at ${end(element)}`);
}"""


def width_faults(page):
    """What sticks out sideways of a window of 320 px, which is also 1280 px at 400 %."""
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    found = page.evaluate(TOO_WIDE)
    page.set_viewport_size(size)
    return found


# ---------- The whole demo ----------

FILES = re.compile(r"pdf|_file$|_export$|_excel$|_word$|_thumbnail$|_picture$|_feed$|logout|metrics")
ROWS_EACH = 2


def crawl(username):
    """{(username, address): HTML} of the demo along the links, two rows of each kind."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 -- the settings come first
    from django.test import Client  # noqa: PLC0415
    from django.urls import resolve  # noqa: PLC0415

    client = Client()
    client.force_login(get_user_model().objects.get(username=username))
    pages, queue, seen, met = {}, deque(["/"]), {"/"}, Counter()
    while queue:
        address = queue.popleft()
        answer = client.get(address, follow=True)
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            continue
        assert answer.status_code == 200, (username, address, answer.status_code)
        pages[username, address] = answer.content.decode()
        for href in re.findall(r'<a [^>]*href="([^"]+)"', pages[username, address]):
            full = urljoin(address, href.replace("&amp;", "&")).partition("#")[0]
            parts = urlsplit(full)
            if parts.netloc or not full.startswith("/") or full in seen:
                continue
            match = resolve(parts.path)
            words = tuple(value for value in match.kwargs.values() if not str(value).isdigit())
            kind = (match.view_name, words[:1], bool(parts.query))
            if FILES.search(match.view_name) or met[kind] >= ROWS_EACH:
                continue
            met[kind] += 1
            seen.add(full)
            queue.append(full)
    return pages


def main():
    """Walk the demo; `--every` looks at every page with axe, not only at those of a new shape."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    import django  # noqa: PLC0415

    django.setup()
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    setup_test_environment()
    pages = {}
    for username in PEOPLE:
        pages |= crawl(username)
    report = {
        f"{key}: {fault}" for key, html in pages.items() for fault in markup_faults(html) + reference_faults(html)
    }
    report |= {f"{key}: {fault}" for key, html in pages.items() for fault in foreign_words(html)}
    if nu_is_here():
        report |= {f"{key}: {fault}" for key, faults in nu_faults(pages).items() for fault in faults}
    looked_at = pages if "--every" in sys.argv else of_new_shape(pages)
    with showing() as show:
        for key, html in looked_at.items():
            page = show(key[1], html)
            report |= {f"{key}: {fault}" for fault in axe_faults(page) + width_faults(page)}
    counted = f"{len(pages)} pages, {len(looked_at)} through axe, Nu checker {'on all' if nu_is_here() else 'missing'}"
    sys.stdout.write("\n".join([*sorted(report), counted, ""]))
    sys.exit(bool(report))


if __name__ == "__main__":
    main()
