"""Officers who enter facilities, go to the other node when one is gone, and remember what was acknowledged."""

import http.cookiejar
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
KEPT = re.compile(r"/co-so/\d+/$")
PAUSE = 0.2
LONGEST = 40


@dataclass
class Officer:
    """One signed-in person; the session is in the database, so either node knows them."""

    letter: str
    username: str
    password: str
    place: str
    nodes: list
    acknowledged: list = field(default_factory=list)
    refused: int = 0
    longest_silence: float = 0.0

    def work(self, stop):
        """Enter one facility after another until told to stop."""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        number, last = 0, time.monotonic()
        while not stop.is_set():
            number += 1
            name = f"Cơ sở thử nút {self.letter} số {number:05d}"
            if self._enter(name):
                self.acknowledged.append(name)
                self.longest_silence = max(self.longest_silence, time.monotonic() - last)
                last = time.monotonic()
            else:
                self.refused += 1
            stop.wait(PAUSE)

    def _enter(self, name):
        """Whether the portal said that the facility is kept; whatever else it says is no promise."""
        for node in list(self.nodes):
            try:
                page, url = self._open(f"{node.url}/co-so/moi/")
                if "/dang-nhap/" in url:
                    self._sign_in(page, url)
                    page, url = self._open(f"{node.url}/co-so/moi/")
                fields = {
                    "csrfmiddlewaretoken": TOKEN.search(page)[1], "name": name, "legal_form": "household_business",
                    "unit": self.place, "confirmed": "on",
                }  # fmt: skip
                _page, url = self._open(f"{node.url}/co-so/moi/", fields)
            except (OSError, urllib.error.URLError, TypeError):
                self.nodes.append(self.nodes.pop(0))  # as the web server in front does
                continue
            return bool(KEPT.search(url))
        return False

    def _sign_in(self, page, url):
        fields = {"csrfmiddlewaretoken": TOKEN.search(page)[1], "username": self.username, "password": self.password}
        self._open(url, fields)

    def _open(self, url, fields=None):
        data = urllib.parse.urlencode(fields).encode() if fields else None
        with self.opener.open(urllib.request.Request(url, data, {"Referer": url}), timeout=LONGEST) as answer:
            return answer.read().decode(), answer.url


class Traffic:
    """Several officers at work; `with` starts and ends them."""

    def __init__(self, officers):
        self.officers = officers
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=officer.work, args=[self.stop]) for officer in officers]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    @property
    def count(self):
        return sum(len(officer.acknowledged) for officer in self.officers)
