"""What people do while processes are killed, and the book of what the portal said it had done.

Each act carries a word of its own into the portal, by which it is found again: tried acts are there once or not at
all, acknowledged ones once.
"""

import io
import itertools
import random
import threading
import time
from dataclasses import dataclass, field

import openpyxl

from bench.faults.browser import Browser, Cut, Refused

PLACE = "Xã Đồng Khởi, tỉnh Vĩnh Long"
LONGEST_WAIT = 60
THINKS = 0.4
# After a line that went dead.
PAUSE = 1.0
PRINTED = 4


@dataclass
class Book:
    """What was tried and what was acknowledged: {act: {word: about}}; counts of cut lines; faulty pages."""

    tried: dict = field(default_factory=dict)
    done: dict = field(default_factory=dict)
    cut: int = 0
    refused: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)
    statuses: dict = field(default_factory=dict)

    def try_(self, act, word, **about):
        with self.guard:
            self.tried.setdefault(act, {})[word] = about

    def acknowledge(self, act, word, **about):
        with self.guard:
            self.done.setdefault(act, {})[word] = self.tried[act][word] | about

    def hear(self, answer):
        """Every page that people see passes here."""
        with self.guard:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            if answer.fault:
                self.faults.append(answer.fault)

    def copy(self):
        with self.guard:
            return {
                "tried": {act: dict(words) for act, words in self.tried.items()},
                "done": {act: dict(words) for act, words in self.done.items()},
            }


class Crew:
    """People at work, each in a thread of their own, until told to stop."""

    def __init__(self, port, stage, book, seed):
        self.port, self.stage, self.book = port, stage, book
        self.chance = random.Random(seed)
        self.run = f"{self.chance.randrange(16**5):05X}"
        self.count = itertools.count(1)
        self.plans = iter(stage["plans"])
        self.approved = []
        self.over = threading.Event()
        self.acts = {
            "save": self.save, "pay": self.pay, "approve": self.approve, "issue": self.issue,
            "import": self.bring, "print": self.print_out,
        }  # fmt: skip

    def __enter__(self):
        self.people = [threading.Thread(target=self._work, args=[name], daemon=True) for name in self.acts]
        for person in self.people:
            person.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        for person in self.people:
            person.join()

    def _work(self, name):
        while not self.over.is_set():
            try:
                self.acts[name]()
                self.over.wait(THINKS)
            except Cut:
                self.book.cut += 1
                self.over.wait(PAUSE)
            except Refused as refusal:
                self.book.refused.append(str(refusal))
                self.over.wait(PAUSE)
            except StopIteration:
                return
            except Exception as error:
                self.book.faults.append(f"{name}: {error!r}")
                raise

    def browser(self, name):
        return Browser(self.port, self.stage["people"][name], self.book.hear)

    def word(self):
        return f"{self.run}{next(self.count):04d}"

    def save(self):
        """A new facility, then a change of it."""
        word, me = self.word(), self.browser("officer")
        fields = me.get("/co-so/moi/").form("name")
        fields |= {
            "name": f"{word} Hộ kinh doanh",
            "legal_form": "household_business",
            "unit": PLACE,
            "address": "Ấp 1",
        }
        self.book.try_("save", word)
        where = me.sent("/co-so/moi/", fields)
        self.book.acknowledge("save", word)
        fields = me.get(f"{where}sua/").form("name") | {"note": f"Sửa {word}"}
        self.book.try_("change", word)
        me.sent(f"{where}sua/", fields)
        self.book.acknowledge("change", word)

    def pay(self):
        word, me = self.word(), self.browser("accountant")
        address = f"/de-an/{self.stage['paid']}/chi/tam-ung/"
        fields = me.get(address).form("voucher_number") | {"amount": "1000", "voucher_number": word}
        self.book.try_("pay", word)
        me.sent(address, fields)
        self.book.acknowledge("pay", word)

    def approve(self):
        chosen = next(self.plans)
        word, me = self.word(), self.browser("director")
        address = f"/ke-hoach/{chosen['plan']}/duyet/"
        fields = me.get(address).form("decision_number") | {
            "decision_number": f"{word}/QĐ-UBND", "decision_on": "04/01/2026", "decision_issuer": "UBND tỉnh",
            "signer_name": "Lê Văn Tám", "signer_position": "Phó Chủ tịch", "act": "approve",
        }  # fmt: skip
        fields = me.post(address, fields).form("decision_number") | {"act": "confirm"}
        self.book.try_("approve", word, plan=chosen["plan"])
        me.sent(address, fields)
        self.book.acknowledge("approve", word)
        self.approved.append(chosen)

    def issue(self):
        """A letter with a number of the office's series, about any of the projects, over and over."""
        chosen = self.chance.choice(self.stage["plans"])
        word, me = self.word(), self.browser("reviewer")
        address = f"/van-ban/lap/dossier_request/{chosen['project']}/"
        fields = me.get(address).form("dated_on")
        if "reason" in fields:
            fields["reason"] = f"Thay bản {word}"
        self.book.try_("issue", word, project=chosen["project"])
        where = me.sent(address, fields)
        self.book.acknowledge("issue", word, document=int(where.strip("/").split("/")[-1]))

    def bring(self):
        """Three facilities out of a spreadsheet."""
        word, me = self.word(), self.browser("reviewer")
        self.book.try_("import", word)
        address = "/nhap-du-lieu/moi/co-so/"
        fields = me.get(address).form("file")
        where = me.sent(address, fields, [("file", f"{word}.xlsx", _sheet(word))])
        if where.endswith("/trang/"):
            where = me.sent(where, me.get(where).form("sheet"))
        home = me.sent(where, me.get(where).form("money_unit"))
        self._wait_for(me, home, "mode")
        me.sent(f"{home}ghi/", me.get(home).form("mode") | {"mode": "all"})
        self.book.acknowledge("import", word, pk=int(home.strip("/").split("/")[-1]))

    def _wait_for(self, me, address, name):
        """Until the page has the form, as it does once the worker was at it."""
        until = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < until:
            try:
                return me.get(address).form(name)
            except (Refused, Cut):
                if self.over.wait(1):
                    raise
        raise Refused(f"{address}: waited in vain for {name}")

    def print_out(self):
        """A pile of papers; every second pile is issued, too."""
        word, me = self.word(), self.browser("printer")
        address = f"/van-ban/in-loat/?loai=progress_report&nam=2026&thang={self.chance.randint(3, 9)}"
        answer = me.get(address)
        papers = answer.page.xpath("//input[@name='paper']/@value")
        if not papers:
            self.over.wait(PAUSE)
            return
        chosen = self.chance.sample(papers, min(PRINTED, len(papers)))
        fields = answer.form("paper") | {"paper": chosen, "act": self.chance.choice(["issue", "print"])}
        self.book.try_("print", word)
        where = me.sent(address, fields)
        pk = int(where.strip("/").split("/")[-1])
        self.book.acknowledge("print", word, pk=pk)
        until = time.monotonic() + LONGEST_WAIT
        # One pile at a time, or the workers never come to its end.
        while time.monotonic() < until and "/zip/" not in me.get(where).text:
            if self.over.wait(1):
                return


def _sheet(word):
    book = openpyxl.Workbook()
    book.active.append(("Tên cơ sở", "Xã, phường", "Hình thức pháp lý"))
    for letter in "ABC":
        book.active.append((f"{word}{letter} Hộ kinh doanh nhập", PLACE, "Hộ kinh doanh"))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
