"""Guess the encoding of text that is no Unicode, from a few names.

Role: read the same bytes in each encoding that people's programs still write, and count what is odd
about the result: letters that no language uses together, capitals within words, symbols between
letters, two scripts in one word.
Invariant: pure. The guess is certain only if every reading with another text is clearly odder;
otherwise a person has to choose. The order of the candidates breaks ties.
This module must not know Unicode encodings, nor the columns of the file.

Detectors for whole documents count letters and pairs of letters, of which a list of names has too
few: they take four Polish names for French.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

SAMPLE_BYTES_MAX = 8 * 1024
CHOICES_MAX = 6
LABEL_CHARS_MAX = 60

_MARGIN = 0.75
_MARGIN_SHARE = 0.03
_ODD_SHARE_MAX = 0.5

_UNUSED, _RARE, _FOREIGN = 2.0, 0.5, 0.25
"""What a letter costs that no language of the encoding uses, this one rarely, or another one."""
_BROKEN, _SYMBOL, _CASE, _SCRIPTS, _UNUSUAL = 5.0, 2.0, 2.0, 2.0, 1.0

_WESTERN = (
    ("äöüß", "é"),
    ("éèàçêëîôâ", "ïûùœüÿæñ"),
    ("áéíóúñ", "üç"),
    ("àèéíòóúçïü", ""),
    ("àèéìòù", "íóúî"),
    ("ãáâàéêíóôúç", "õü"),
    ("ëéèïöü", "áóêç"),
    ("æøå", "éöüäòôóê"),
    ("åäö", "éüášž"),
    ("áéíóúýþæöð", ""),
    ("äöü", "õšž"),
)
_CENTRAL = (
    ("ąćęłńóśźż", ""),
    ("áčďéěíňóřšťúůýž", "äľĺŕô"),
    ("áéíóöőúüű", ""),
    ("čćđšž", ""),
    ("ăâîşţ", ""),
    ("äöüß", ""),
)
_TURKISH = (("çğıöşüâî", ""),)
_BALTIC = (("ąčęėįšųūž", ""), ("āčēģīķļņšūž", ""), ("äöüõšž", ""))
_TYPOGRAPHY = "–—‘’“”„‚…€«»•·°§£©®™ºª´¿¡\u00a0"
_UNITS = re.compile(r"(?:^|[\d\s])[kcdm]?m\Z")
_ANYWHERE = frozenset("ßãõëïй")
"""Letters that stand among vowels or among consonants as well."""
_VOWELS = frozenset("aeiouyаеёиоуыэюяіїєαεηιουω")
_TOKEN = re.compile(r"[^\W\d_²³¹ºª¼½¾]+|[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """`prior`: what the encoding costs before anything is read. `languages`: common and rare
    letters of each, for those in Latin script; otherwise `script` begins the names of its letters.
    `common_leads`: of two bytes, the first of characters in everyday use."""

    encoding: str
    prior: float
    languages: tuple[tuple[str, str], ...] = ()
    script: str = ""
    common_leads: range | None = None


_CANDIDATES = (
    _Candidate("cp1252", 0.0, _WESTERN),
    _Candidate("cp1250", 0.5, _CENTRAL),
    _Candidate("cp1251", 0.25, script="CYRILLIC"),
    _Candidate("cp1253", 0.5, script="GREEK"),
    _Candidate("cp1254", 0.5, _TURKISH),
    _Candidate("cp1257", 0.75, _BALTIC),
    _Candidate("mac_roman", 0.5, _WESTERN),
    _Candidate("cp850", 1.5, _WESTERN),
    _Candidate("cp1255", 0.5, script="HEBREW"),
    _Candidate("cp1256", 0.5, script="ARABIC"),
    _Candidate("koi8_r", 0.5, script="CYRILLIC"),
    _Candidate("cp866", 1.5, script="CYRILLIC"),
    _Candidate("cp932", 0.5, common_leads=range(0x88, 0x98)),
    _Candidate("euc_jp", 0.75, common_leads=range(0xB0, 0xD0)),
    _Candidate("gb18030", 0.5, common_leads=range(0xB0, 0xD8)),
    _Candidate("big5", 0.5, common_leads=range(0xA4, 0xC7)),
    _Candidate("cp949", 0.5, common_leads=range(0xB0, 0xC9)),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """`label`: some of the text, as this encoding reads it."""

    encoding: str
    label: str


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """`readings`: with different texts, the least odd first."""

    readings: tuple[Reading, ...]
    is_certain: bool

    @property
    def encoding(self) -> str:
        return self.readings[0].encoding


def guess_encoding(sample: bytes) -> EncodingGuess:
    """`sample`: the beginning of a file, as far as it is not ASCII."""
    odd = b"\n".join(_odd_lines(sample))
    found: dict[str, tuple[float, str]] = {}
    for candidate in _CANDIDATES:
        text = odd.decode(candidate.encoding, "replace")
        if text not in found:
            found[text] = (candidate.prior + _oddness(text, candidate), candidate.encoding)
    ranked = sorted((cost, at, text) for at, (text, (cost, _)) in enumerate(found.items()))
    cost, _, best = ranked[0]
    count = sum(not it.isascii() for it in best)
    margin = max(_MARGIN, _MARGIN_SHARE * count)
    is_close = len(ranked) > 1 and ranked[1][0] < cost + margin
    is_odd = count > 1 and cost > _ODD_SHARE_MAX * count + _MARGIN
    shown = [text for _, _, text in ranked if text is best or "\ufffd" not in text]
    return EncodingGuess(
        readings=tuple(Reading(found[it][1], _label(it)) for it in shown[:CHOICES_MAX]),
        is_certain=not (is_close or is_odd),
    )


def _odd_lines(sample: bytes) -> Iterable[bytes]:
    size = 0
    for line in dict.fromkeys(sample.replace(b"\r", b"\n").split(b"\n")):
        if not line.isascii():
            size += len(line)
            yield line[:SAMPLE_BYTES_MAX]
            if size > SAMPLE_BYTES_MAX:
                return


def _label(text: str) -> str:
    cells = (it.strip(" \"'") for it in re.split(r"[\n,;\t|]", text) if not it.isascii())
    label = ""
    for cell in dict.fromkeys(cells):
        if label and len(label) + len(cell) > LABEL_CHARS_MAX:
            break
        label = f"{label}, {cell}" if label else cell
    shown = "".join(it if it.isprintable() else "\ufffd" for it in label)
    return shown[:LABEL_CHARS_MAX]


def _oddness(text: str, candidate: _Candidate) -> float:
    cost = 0.0
    chars: dict[str, int] = {}
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word.isascii():
            continue
        if not word[0].isalpha():
            cost += _symbol(text, token.start())
        elif candidate.languages:
            cost += _shape(word)
            for char in word:
                if not char.isascii():
                    lower = "ı" if char == "İ" else char.lower()
                    chars[lower] = chars.get(lower, 0) + 1
        elif candidate.script:
            cost += _shape(word) + _script(word, candidate.script)
        else:
            cost += _ideographs(word, candidate)
    if not chars:
        return cost
    alphabets = candidate.languages
    of_one = min(_alphabet(chars, common, rare) for common, rare in alphabets)
    common_here = "".join(common + rare for common, rare in alphabets)
    of_all = _alphabet(chars, common_here, "") + _FOREIGN * sum(chars.values())
    return cost + min(of_one, of_all)


def _alphabet(chars: dict[str, int], common: str, rare: str) -> float:
    return sum(
        count * (0.0 if char in common else _RARE if char in rare else _UNUSED)
        for char, count in chars.items()
    )


def _symbol(text: str, at: int) -> float:
    symbol = text[at]
    if symbol == "\ufffd" or (not symbol.isprintable() and symbol != "\u00a0"):
        return _BROKEN
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if symbol in "²³" and _UNITS.search(text[max(0, at - 3) : at]):
        return _FOREIGN
    if symbol not in _TYPOGRAPHY:
        return _SYMBOL
    if symbol == "’":
        return _FOREIGN
    return _SYMBOL if before.isalpha() and after.isalpha() else _FOREIGN


def _shape(word: str) -> float:
    """Capitals within a word; a vowel between vowels, a consonant between consonants;
    a letter on its own."""
    cost = _UNUSUAL if len(word) == 1 else 0.0
    for at in range(1, len(word)):
        before, char, after = word[at - 1], word[at], word[at + 1 : at + 2]
        is_odd_pair = not (before + char).isascii() and before.islower()
        if char.isupper() and (is_odd_pair or (not char.isascii() and after.islower())):
            cost += _CASE
        if char.isascii() or char in _ANYWHERE or not after:
            continue
        if {_is_vowel(before), _is_vowel(after)} == {_is_vowel(char)}:
            cost += _UNUSUAL
    return cost


@lru_cache(maxsize=4096)
def _is_vowel(char: str) -> bool:
    lower = char.lower()
    if lower in "øæœåı":
        return True
    return unicodedata.normalize("NFD", lower)[0] in _VOWELS


@lru_cache(maxsize=4096)
def _script_of(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _script(word: str, script: str) -> float:
    strangers = sum(_script_of(char) != script for char in word)
    return _SCRIPTS * strangers


def _ideographs(word: str, candidate: _Candidate) -> float:
    assert candidate.common_leads is not None
    cost = 0.0
    if any(it.isascii() for it in word):
        cost += _SCRIPTS
    for char in word:
        if char.isascii() or "\u3041" <= char <= "\u30fe":
            continue
        encoded = char.encode(candidate.encoding, "replace")
        if len(encoded) != 2 or encoded[0] not in candidate.common_leads:
            cost += _UNUSUAL
    return cost
