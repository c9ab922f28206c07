"""Officers at work: each act that the portal acknowledged is remembered, to be looked for afterwards."""

import hashlib
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.faults.browser import Cut, Refused
from bench.nodes.line import Line

PAUSE = 0.3
SCAN = b"%%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%%s\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%%%EOF\n"
TWIN = re.compile(r"Kế hoạch đã có (\S+) mang tên này")
PAPER = re.compile(r"/giay-to/(\d+)/tep/")
LAG = re.compile(r"Số liệu trễ .* \(đọc từ bản sao\)")


@dataclass
class Promises:
    """What the portal said it has; sent texts are kept, too, for an answer that was cut off is no refusal."""

    projects: dict = field(default_factory=dict)  # name: key
    sent: dict = field(default_factory=dict)  # key: texts in the order of sending
    saved: dict = field(default_factory=dict)  # key: the last text acknowledged
    submitted: set = field(default_factory=set)
    issued: set = field(default_factory=set)  # (kind, key of the record)
    papers: dict = field(default_factory=dict)  # name: sha256
    batches: set = field(default_factory=set)
    jobs: set = field(default_factory=set)


class Officer:
    """One signed-in person; the session is in the database, so that either node knows them."""

    def __init__(self, username, work, nodes, seed):
        self.username, self.work, self.chance = username, work, random.Random(f"{seed}-{username}")
        self.line = Line(nodes, self.chance.randrange(2), self.told)
        self.promises, self.faults = Promises(), []
        self.done, self.refusals, self.longest = Counter(), [], 0.0
        self.readings = Counter()
        self.number = 0

    def told(self, answer):
        if answer.fault:
            self.faults.append(answer.fault)

    def sign_in(self):
        page = self.line.read("/dang-nhap/")
        fields = page.form("username") | {"username": self.username, "password": self.work["password"]}
        answer = self.line.insist("/dang-nhap/", fields)
        if answer.status != 302:
            raise Refused(f"{self.username} cannot sign in: {answer.status}")

    def at_work(self, stop):
        """One act after another until told to stop."""
        self.sign_in()
        acts = [
            self.enter,
            self.save,
            self.save,
            self.submit,
            self.upload,
            self.issue,
            self.print,
            self.bundle,
            self.export,
        ]
        while not stop.is_set():
            act, started = self.chance.choice(acts), time.monotonic()
            try:
                if act():
                    self.done[act.__name__] += 1
            except Cut as cut:
                self.faults.append(f"{self.username} {act.__name__}: {cut}")
            except Refused as refused:
                self.refusals.append(f"{self.username} {act.__name__}: {refused}")
            self.longest = max(self.longest, time.monotonic() - started)
            stop.wait(PAUSE)

    def enter(self):
        """A new project; sent twice, the portal finds the first."""
        self.number += 1
        name = f"Đề án thử nút {self.username} số {self.number:04d}"
        fields = self.line.read("/de-an/moi/").form("name") | self.work["project"] | {"name": name}
        answer = self.line.insist("/de-an/moi/", fields)
        if answer.status == 302:
            self.promises.projects[name] = int(answer.headers["location"].split("/")[2])
        elif TWIN.search(answer.text):
            self.promises.projects[name] = None
        else:
            raise Refused(f"{answer.status} {name}")
        return True

    def save(self):
        """Another text in one of the projects entered."""
        mine = [key for key in self.promises.projects.values() if key]
        if not mine:
            return False
        key = self.chance.choice(mine)
        self.number += 1
        text = f"Sự cần thiết, lần ghi {self.number:04d}"
        address = f"/de-an/{key}/sua/noi-dung/"

        def stands():
            return text in self.line.read(address).text

        fields = self.line.read(address).form("necessity") | {"necessity": text}
        self.promises.sent.setdefault(key, []).append(text)
        answer = self.line.insist(address, fields, is_done=stands)
        if answer is not None and answer.status != 302 and not stands():
            raise Refused(f"{answer.status} {address}")
        self.promises.saved[key] = text
        return True

    def submit(self):
        if not self.work["drafts"]:
            return False
        key = self.work["drafts"].pop()
        address = f"/de-an/{key}/sua/kiem-tra/"
        answer = self.line.insist(address, self.line.read(address).form("version"))
        if answer.status != 302 or answer.headers["location"].endswith("/kiem-tra/"):
            raise Refused(f"{answer.status} {address}")
        self.promises.submitted.add(key)
        return True

    def upload(self):
        """A scan sent through one node, looked for and fetched through the next."""
        key = self.chance.choice(self.work["uploads"])
        self.number += 1
        name = f"Bản quét {self.username} {self.number:04d}"
        content = SCAN % self.chance.randbytes(20_000).hex().encode()
        address = f"/de-an/{key}/giay-to/moi/"
        fields = self.line.read(address).form("what")
        fields = {name: value or "" for name, value in fields.items() if name != "files"} | {
            "what": self.work["paper"], "name": name,
        }  # fmt: skip

        def stands():
            return name in self.line.read(f"/de-an/{key}/giay-to/").text

        answer = self.line.insist(address, fields, [("files", "ban-quet.pdf", content)], is_done=stands)
        if answer is not None and answer.status != 302:
            raise Refused(f"{answer.status} {address}")
        self.promises.papers[name] = hashlib.sha256(content).hexdigest()
        return self._fetch(key, name, content)

    def _fetch(self, key, name, content):
        page = self.line.read(f"/de-an/{key}/giay-to/").page
        links = page.xpath("//tr[th[normalize-space(text()) = $name]]//a/@href", name=name)
        found = next((link for link in links if PAPER.search(link)), None)
        if found is None:
            self.faults.append(f"{name}: no link to the file")
            return False
        if self.line.read(found).body != content:
            self.faults.append(f"{name}: the file came back as another one")
        return True

    def issue(self):
        """A paper with the next number of its series."""
        if not self.work["papers"]:
            return False
        kind, key = self.work["papers"].pop(self.chance.randrange(len(self.work["papers"])))
        address = f"/van-ban/lap/{kind}/{key}/"
        # The form that is sent to the page itself, past search and signing out.
        fields = next(dict(form.form_values()) for form in self.line.read(address).page.forms if not form.action)

        def stands():
            return "đang hiệu lực" in self.line.read(address).text

        answer = self.line.insist(address, fields, is_done=stands)
        if answer is not None and answer.status != 302:
            raise Refused(f"{answer.status} {address}")
        self.promises.issued.add((kind, key))
        return True

    def print(self):
        """A pile for the workers; a cut answer is left alone: a pile more is no harm."""
        address = self.work["pile"]
        page = self.line.read(address)
        fields = page.form("paper") | {"act": "print"}
        fields["paper"] = list(self.work["pile_papers"])
        answer = self.line.insist(address, fields)
        if answer.status != 302:
            raise Refused(f"{answer.status} {address}")
        self.promises.batches.add(int(answer.headers["location"].rstrip("/").rsplit("/", 1)[1]))
        return True

    def bundle(self):
        """The dossier of a project as one ZIP, made by a worker."""
        key = self.chance.choice(self.work["uploads"])
        page = self.line.read(f"/de-an/{key}/")
        address = f"/de-an/{key}/bo-ho-so/"
        answer = self.line.insist(address, page.form("csrfmiddlewaretoken"))
        if answer.status != 302:
            raise Refused(f"{answer.status} {address}")
        self.promises.jobs.add(int(answer.headers["location"].rstrip("/").rsplit("/", 1)[1]))
        return True

    def export(self):
        """The list as a workbook, made at once; and the figures, which may come from the replica."""
        answer = self.line.read("/de-an/xuat-excel/")
        if answer.status != 200 or answer.body[:2] != b"PK":
            raise Refused(f"{answer.status} /de-an/xuat-excel/")
        page = self.line.read("/danh-gia/")
        self.readings["replica" if LAG.search(page.text) else "primary"] += 1
        return True


class Traffic:
    """Several officers at work; `with` starts and ends them."""

    def __init__(self, officers):
        self.officers, self.stop = officers, threading.Event()
        self.threads = [threading.Thread(target=self._run, args=[officer]) for officer in officers]
        self.errors = []

    def _run(self, officer):
        try:
            officer.at_work(self.stop)
        except Exception as error:
            self.errors.append(f"{officer.username}: {error!r}")
            raise

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    @property
    def count(self):
        return sum(officer.done.total() for officer in self.officers)
