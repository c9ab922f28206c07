"""A person's browser: pages, forms, cookies, over HTTP."""

import http.client
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

import lxml.html

# Longer than any page may take; a killed portal cuts the line at once.
PATIENCE = 60
TRACES = ("Traceback", "Exception", "django.db", 'File "')


class Cut(Exception):
    """No answer: nobody listens, or the line went dead in the middle."""


class Refused(Exception):
    """The portal answered with a page instead of doing what was asked."""


@dataclass
class Answer:
    address: str
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def page(self):
        return lxml.html.fromstring(self.body)

    @property
    def fault(self):
        """What is wrong with how a failure was told; "" when people read a sentence."""
        if self.status < 500:
            return ""
        if any(trace in self.text for trace in TRACES):
            return f"{self.address}: {self.status} shows a trace"
        if "<h1" not in self.text:
            return f"{self.address}: {self.status} without a sentence"
        return ""

    def form(self, having):
        """The fields of the form that has a field or button of this name, as the page shows them."""
        for form in self.page.forms:
            if having in form.inputs or form.xpath(".//button[@name=$name]", name=having):
                return dict(form.form_values())
        raise Refused(f"{self.address}: no form with {having} (status {self.status})")


class Browser:
    def __init__(self, port, session="", told=None):
        self.port, self.cookies, self.told = port, {"sessionid": session} if session else {}, told

    def get(self, address):
        answer = self._ask("GET", address, None, {})
        if answer.status != 200:
            raise Refused(f"{address}: {answer.status}")
        return answer

    def post(self, address, fields, files=()):
        """Send a form; `files` are (field, name, bytes)."""
        if files:
            body, kind = _multipart(fields, files)
        else:
            body, kind = urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded"
        return self._ask("POST", address, body, {"Content-Type": kind})

    def sent(self, address, fields, files=()):
        """Send a form that has to be taken; where the portal leads then."""
        answer = self.post(address, fields, files)
        if answer.status != 302:
            raise Refused(f"{address}: {answer.status} {_complaints(answer)}")
        return answer.headers["location"]

    def _ask(self, method, address, body, headers):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            line.request(method, address, body=body, headers=headers | {"Cookie": cookies})
            got = line.getresponse()
            answer = Answer(address, got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        except (OSError, http.client.HTTPException) as error:
            raise Cut(f"{method} {address}: {error!r}") from None
        finally:
            line.close()
        for name, value in got.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if self.told:
            self.told(answer)
        return answer


def _multipart(fields, files):
    line = uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        parts.append(f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for field, name, content in files:
        head = f'--{line}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{line}--\r\n".encode(), f"multipart/form-data; boundary={line}"


def _complaints(answer):
    found = answer.page.xpath("//*[contains(@class, 'error') or contains(@class, 'alert')]") if answer.body else []
    return " ".join(" ".join(one.text_content().split()) for one in found)[:300]
