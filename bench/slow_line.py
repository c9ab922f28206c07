"""First pages over a slow line, nothing in the cache, beside a blank page of the same weight.

    make run PORT=9000 &
    .venv/bin/python -m bench.slow_line http://127.0.0.1:9000

Prints per page the median of the milliseconds until the server answers, until something is seen, until all is loaded,
and the bytes over the line. Chromium holds the line down to a good 3G: 1.6 Mbit/s, 150 ms there and back.
"""

import base64
import http.server
import os
import shutil
import statistics
import sys
import threading

from playwright.sync_api import sync_playwright

LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
PAGES = ("/", "/de-an/", "/ke-hoach/", "/co-so/")
ROUNDS = 5
FIGURES = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const seen = performance.getEntriesByName("first-contentful-paint")[0];
  return {answer: page.responseStart, seen: seen ? seen.startTime : 0, loaded: page.loadEventEnd};
}"""


class Blank(http.server.BaseHTTPRequestHandler):
    """/83000 is a page of so many bytes with one line of text."""

    def do_GET(self):  # noqa: N802
        size = int(self.path.strip("/")) if self.path.strip("/").isdigit() else 0  # the browser asks for an icon, too
        filler = base64.b64encode(os.urandom(size))[:size]
        body = b"<!DOCTYPE html><title>.</title><p>.</p><!--" + filler + b"-->"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told):
        pass


def visit(browser, url, state):
    """{answer, seen, loaded} in ms and {bytes} of one visit with an empty cache."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    session, weights = context.new_cdp_session(page), []
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda told: weights.append(told["encodedDataLength"]))
    session.send("Network.emulateNetworkConditions", LINE)
    page.goto(url, wait_until="load")
    page.wait_for_timeout(500)  # what htmx asks for after the page stands is weighed, too
    figures = page.evaluate(FIGURES) | {"bytes": sum(weights)}
    context.close()
    return figures


def median(rows):
    return {key: round(statistics.median(row[key] for row in rows)) for key in rows[0]}


def signed_in(browser, portal):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{portal}/dang-nhap/")
    page.fill("[name=username]", "chuyenvien")
    page.fill("[name=password]", "khuyencong")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    return context.storage_state()


def main(portal):
    blank = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    threading.Thread(target=blank.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        state = signed_in(browser, portal)
        for address in PAGES:
            own = median([visit(browser, portal + address, state) for _round in range(ROUNDS)])
            empty = f"http://127.0.0.1:{blank.server_port}/{own['bytes']}"
            beside = median([visit(browser, empty, None) for _round in range(ROUNDS)])
            ratio = own["loaded"] / beside["loaded"]
            print(f"{address:12} {own}  blank {beside}  loaded {ratio:.2f} ×")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
