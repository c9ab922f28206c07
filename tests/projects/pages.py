"""Read a page as a browser would: the fields that its form in <main> would post."""

from html.parser import HTMLParser


class FormReader(HTMLParser):
    """Names and values of the inputs, selects and text areas inside the last post form of the page."""

    def __init__(self):
        super().__init__()
        self.fields, self.in_form, self.select, self.textarea = {}, False, None, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.in_form = attrs.get("method") == "post" and ("action" not in attrs or "data-guard" in attrs)
            self.fields = {} if self.in_form else self.fields
        elif self.in_form and tag == "input":
            self._input(attrs)
        elif self.in_form and tag == "select":
            self.select = attrs["name"]
        elif tag == "option" and self.select and (self.select not in self.fields or "selected" in attrs):
            self.fields[self.select] = attrs.get("value", "")
        elif self.in_form and tag == "textarea":
            self.textarea = attrs["name"]
            self.fields[self.textarea] = ""

    def _input(self, attrs):
        if attrs.get("type") in ("checkbox", "radio") and "checked" not in attrs:
            return
        self.fields[attrs["name"]] = attrs.get("value", "on" if attrs.get("type") == "checkbox" else "")

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.textarea = None
        elif tag == "form":
            self.in_form = False

    def handle_data(self, data):
        if self.textarea:
            # A line break behind the tag belongs to the markup.
            self.fields[self.textarea] += data.removeprefix("\r\n").removeprefix("\n")


def fields_of(response):
    reader = FormReader()
    reader.feed(response.content.decode())
    reader.fields.pop("csrfmiddlewaretoken", None)
    return reader.fields


def sent(client, address, **changes):
    """Open a page, change some of its fields and press the button: `act` is the button's value."""
    return client.post(address, fields_of(client.get(address)) | changes)
