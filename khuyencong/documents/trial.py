"""A paper as it would be with other words: the preview of a draft, the new words marked on the whole page."""

import re

from khuyencong.documents.kinds import Imprint, Kind
from khuyencong.documents.wording import trying

# Letters of no script: they pass through builder and template like any other, and become tags on the finished page.
OPEN, CLOSE = "\ue000", "\ue001"
# The first new line, for an address that leads to it.
FIRST = "moi"
# Where a tag would stand wrong: inside another tag, and in the title of the window.
NO_PLACE_FOR_TAGS = re.compile(r"<title>.*?</title>|<[^>]*>", re.DOTALL)


def mark(words):
    """Words of a slot, a text or a list of them, each line between marks."""
    if isinstance(words, list):
        return [f"{OPEN}{line}{CLOSE}" for line in words]
    return "\n".join(f"{OPEN}{line}{CLOSE}" if line.strip() else line for line in words.split("\n"))


def paper_with(kind: Kind, record, texts: dict[str, str], variant: str = "") -> str:
    """The page of a draft paper worded with these texts {slot: text}, which are marked; a complete HTML page."""
    with trying(kind, texts):
        html = kind.build(record, Imprint(variant=variant)).render_html()
    html = NO_PLACE_FOR_TAGS.sub(lambda found: found[0].replace(OPEN, "").replace(CLOSE, ""), html)
    html = html.replace(OPEN, f'<mark id="{FIRST}">', 1).replace(OPEN, "<mark>")
    return html.replace(CLOSE, "</mark>")
