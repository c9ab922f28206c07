"""The user guide and the list of changes, written as Markdown beside the code and shown in the portal."""

import re
from functools import lru_cache

import markdown
from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString

PICTURE = re.compile(r'<img alt="([^"]*)" src="(?:\.\./)?static/([^"]+)"[^>]*>')


@lru_cache(maxsize=4)
def page(path):
    """HTML of a Markdown file of the project; pictures under static/ get their served address.

    The text is our own, part of the release, so it is not escaped.
    """
    text = (settings.BASE_DIR / path).read_text(encoding="utf-8")
    html = markdown.markdown(text, extensions=["tables", "toc", "sane_lists"])
    html = PICTURE.sub(_picture, html)
    html = html.replace("<table>", '<table class="table">').replace("<th>", '<th scope="col">')
    return SafeString(html)


def _picture(match):
    """A picture by its served address; one that the release lacks costs the picture, not the page."""
    words, path = match.groups()
    try:
        return f'<img alt="{words}" src="{static(path)}">'
    except ValueError:
        return f"<em>{words}</em>"
