"""The line of `make nodes` in front of the nodes, and what it counts as a promise; the script itself takes minutes."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.faults.browser import Answer
from bench.nodes import line as lines
from bench.nodes.line import Line
from bench.nodes.officers import Officer


@dataclass
class Node:
    port: int
    is_up: bool = True

    def listens(self):
        return self.is_up


@pytest.fixture
def server():
    """A node that answers what the test puts into `answers`; `asked` is what came."""
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.asked, served.answers = [], []
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802 -- the name is that of the base
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        status = self.server.answers.pop(0)
        if status:  # else the line is cut
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_words):
        pass


@pytest.fixture
def front(server, monkeypatch):
    monkeypatch.setattr(lines, "PAUSE", 0)
    return Line([Node(server.server_port), Node(1, is_up=False)], 1, told=None)


def test_node_that_does_not_listen_is_passed(server, front):
    server.answers = [302, 302]
    assert [front.insist("/a/", {}).status for _turn in range(2)] == [302, 302]
    assert front.cuts == 0


def test_form_is_sent_again_when_asked_to_try_again_or_cut_off(server, front):
    server.answers = [503, None, 302]
    assert front.insist("/a/", {}).status == 302
    assert (server.asked, front.waits, front.cuts) == (["/a/"] * 3, 1, 1)


def test_form_that_was_taken_though_its_answer_was_cut_is_not_sent_again(server, front):
    server.answers = [None]
    assert front.insist("/a/", {}, is_done=lambda: True) is None
    assert server.asked == ["/a/"]


def test_failure_without_a_sentence_is_a_fault():
    officer = Officer("hoa", {}, [Node(1)], seed=1)
    for body, status in (("<h1>Cổng đang bảo trì</h1>".encode(), 503), (b"Bad Gateway", 502)):
        officer.told(Answer("/a/", status, {}, body))
    assert officer.faults == ["/a/: 502 without a sentence"]
