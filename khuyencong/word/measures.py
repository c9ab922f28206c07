"""How long a text gets: for the rules under lines of the letterhead, for amounts, for the heads of tables."""

from functools import cache

from django.contrib.staticfiles import finders
from PIL import ImageFont

from khuyencong.word.elements import points
from khuyencong.word.styles import Style

# As wide as Times New Roman, letter by letter.
FACES = {False: "documents/fonts/LiberationSerif-Regular.ttf", True: "documents/fonts/LiberationSerif-Bold.ttf"}
UNITS = 1000


def text_length(line: str, style: Style) -> int:
    """Of one line set in a style, in twentieths of a point."""
    shown = line.upper() if style.caps else line
    return points(_face(style.bold).getlength(shown) * style.size / UNITS)


def lines_needed(line: str, style: Style, width: int) -> int:
    """How many lines a text takes that is broken at its spaces."""
    count, filled = 1, ""
    for word in line.split(" "):
        longer = f"{filled} {word}".strip()
        if filled and text_length(longer, style) > width:
            count, filled = count + 1, word
        else:
            filled = longer
    return count


@cache
def _face(bold):
    return ImageFont.truetype(finders.find(FACES[bold]), UNITS, layout_engine=ImageFont.Layout.BASIC)
