"""Old encodings of Vietnamese text, told by what the words look like, and turned into Unicode.

TCVN3 ("ABC", fonts .VnTime): TCVN 5712:1993, its third table. VNI for Windows (fonts VNI-Times): a letter and
behind it its marks. Both came as Western text, so both stand here as the letters that Windows-1252 shows.
Windows-1258 is Python's own. Words decide: a syllable of Vietnamese has few possible shapes.
"""

import re
import unicodedata
from collections import Counter

_TCVN3_LOWER = dict(zip(
    "µ¶·¸¹" "¨»¼½¾Æ" "©ÇÈÉÊË" "®" "ÌÎÏÐÑ" "ªÒÓÔÕÖ" "×ØÜÝÞ" "ßáâãä" "«åæçèé" "¬êëìíî" "ïñòóô" "\xadõö÷øù" "úûüýþ",
    "àảãáạ" "ăằẳẵắặ" "âầẩẫấậ" "đ" "èẻẽéẹ" "êềểễếệ" "ìỉĩíị" "òỏõóọ" "ôồổỗốộ" "ơờởỡớợ" "ùủũúụ" "ưừửữứự" "ỳỷỹýỵ",
    strict=True,
))  # fmt: skip
_TCVN3_UPPER = dict(zip("¡¢£¤¥¦§", "ĂÂÊÔƠƯĐ", strict=True))
TCVN3 = str.maketrans(_TCVN3_LOWER | _TCVN3_UPPER)

# Marks behind a letter in VNI: tones alone, the circumflex with its tone, the breve with its tone.
_VNI_TONES = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = {"â": "", "à": "\u0300", "á": "\u0301", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE = {"ê": "", "è": "\u0300", "é": "\u0301", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ñ": "đ", "ô": "ơ", "ö": "ư"}


def _vni_pairs():
    pairs = {}
    for letter in "aeouyôö":
        base = _VNI_ALONE.get(letter, letter)
        pairs |= {letter + mark: base + tone for mark, tone in _VNI_TONES.items()}
    for letter in "aeo":
        pairs |= {letter + mark: letter + "\u0302" + tone for mark, tone in _VNI_CIRCUMFLEX.items()}
    pairs |= {"a" + mark: "a\u0306" + tone for mark, tone in _VNI_BREVE.items()}
    pairs |= _VNI_ALONE
    composed = {old: unicodedata.normalize("NFC", new) for old, new in pairs.items()}
    upper = {old.upper(): new.upper() for old, new in composed.items()}
    # A capital followed by its mark in small letters is seen, too: "Ñoâng", "Aâu".
    mixed = {old[0].upper() + old[1:]: new.upper() for old, new in composed.items()}
    return mixed | upper | composed


VNI = _vni_pairs()
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))

_ONSET = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx]"
# Nuclei by their letters without tones, with the ends that may stand behind them.
_OPEN = (
    "ia|ua|ưa|ai|ay|ây|ao|au|âu|eo|êu|iu|iêu|yêu|oa|oe|oi|ôi|ơi|oai|oay|oeo|ui|ưi|uôi|ươi|ươu|ưu|uy|uya|uyu|uê|uơ"
    "|uây|uâu|uao|uai|uay|ueo|uau"
)
_CLOSED = "a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|iê|yê|oa|oă|oe|uô|ươ|uâ|uê|uy|uyê|oo|ua|uă|ue"
_SYLLABLE = re.compile(rf"(?:{_ONSET})?(?:(?:{_OPEN})|(?:{_CLOSED})(?:ch|ng|nh|[ckmnpt])?)")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_CELL = re.compile(r"[^\n\t;,|]+")
_WORD = re.compile(r"[^\W\d_]+")
# Words of Western text in which an old encoding shows itself may hold these among their letters.
_OLD_WORD = re.compile("[^\\s!-/:-@\\[-`{-~]*[\x80-\u0178\u2013-\u2122][^\\s!-/:-@\\[-`{-~]*")

NAMES = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI"}


def from_tcvn3(text: str) -> str:
    """Text of a .Vn font as Unicode. Of words in capitals the letters become capitals: their font drew them so."""
    return _CELL.sub(_cased, text.translate(TCVN3))


def from_vni(text: str) -> str:
    """Text of a VNI font as Unicode."""
    return _VNI_PATTERN.sub(lambda match: VNI[match[0]], text)


CONVERTERS = {"tcvn3": from_tcvn3, "vni": from_vni}


def votes_for(texts) -> Counter:
    """How many of the texts can be read as "unicode", "tcvn3" or "vni" alone."""
    votes = Counter(map(_encoding_of, texts))
    del votes[""]
    return votes


def elected(votes: Counter) -> str:
    """Either "tcvn3" or "vni" where most texts make sense only so, else ""."""
    old = max(CONVERTERS, key=lambda name: votes[name])
    return old if votes[old] > votes["unicode"] else ""


def converted(text: str, encoding: str) -> str:
    """Text of a sheet in an old encoding as Unicode; what is Unicode already stays."""
    if text.isascii() or _encoding_of(text) == "unicode":
        return text
    return CONVERTERS[encoding](text)


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding; raises UnicodeError for what is no Vietnamese text."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return data.decode(codec), name
    if data[:2000].count(0) > len(data[:2000]) // 4:
        codec = "utf-16-le" if data[1:2000:2].count(0) > data[:2000:2].count(0) else "utf-16-be"
        return data.decode(codec), "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _decode_old(data)


def share_of_syllables(text: str) -> float:
    """How many of the words with marks could be Vietnamese, 0 to 1; 1 without such words."""
    words = [word for word in _WORD.findall(unicodedata.normalize("NFC", text)) if not word.isascii()]
    return sum(map(is_syllable, words)) / len(words) if words else 1.0


def is_syllable(word: str) -> bool:
    """Whether a word has the shape of a Vietnamese syllable, whatever its tone."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    toneless, tones = _TONES.subn("", decomposed)
    return tones < 2 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", toneless)) is not None


def _encoding_of(text):
    """What the marked words of a text can be read as: "unicode", "tcvn3", "vni"; "" if several or none."""
    marked = [word for word in _OLD_WORD.findall(text) if not word.isascii()]
    if not marked:
        return "unicode" if not text.isascii() and share_of_syllables(text) > 0.7 else ""
    whole = " ".join(marked)
    shares = {"unicode": share_of_syllables(unicodedata.normalize("NFC", text))}
    if any(character > "\xff" and character not in _CP1252 for character in text):
        return "unicode" if shares["unicode"] >= 0.5 else ""
    shares |= {name: _share_of_all(convert(whole)) for name, convert in CONVERTERS.items()}
    shares["unicode"] = _share_of_all(whole)
    best = max(shares.values())
    fitting = [name for name, share in shares.items() if share >= best - 0.01]
    return fitting[0] if len(fitting) == 1 and best >= 0.5 else ""


def _share_of_all(text):
    """Of words parted by spaces alone: a sign that is no letter inside a word speaks against it."""
    words = text.split()
    return sum(map(is_syllable, words)) / len(words) if words else 0


def _decode_old(data):
    western = data.decode("cp1252", errors="replace")
    if "\ufffd" in western:
        western = data.decode("latin-1")
    sample = western[:200_000]
    candidates = {name: convert(sample) for name, convert in CONVERTERS.items()}
    candidates["cp1258"] = unicodedata.normalize("NFC", data[:200_000].decode("cp1258", errors="replace"))
    shares = {name: share_of_syllables(text) for name, text in candidates.items()}
    best = max(shares, key=shares.get)
    if shares[best] < 0.5:
        raise UnicodeError("no Vietnamese encoding")
    if best == "cp1258":
        return unicodedata.normalize("NFC", data.decode("cp1258", errors="replace")), "Windows-1258"
    return CONVERTERS[best](western), NAMES[best]


def _cased(match):
    """A cell with the capitals that its font drew: all of it, or the words with two plain capitals."""
    cell = match[0]
    plain = [letter for letter in cell if letter.isascii() and letter.isalpha()]
    if len(plain) > 1 and all(map(str.isupper, plain)):
        return cell.upper()
    return _WORD.sub(_capitals, cell)


def _capitals(match):
    word = match[0]
    plain = [letter for letter in word if letter.isascii()]
    return word.upper() if len(plain) > 1 and all(map(str.isupper, plain)) else word


_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_CP1252 = frozenset(bytes(range(128, 256)).decode("cp1252", errors="ignore"))
