"""What is wrong with words that somebody typed, as a sentence that says what to change. Pure.

Nothing is repaired in silence: a text is taken as it is, or goes back to its author with a reason.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import nh3

from shared.runtime.translation import N_

_JOINER, _NON_JOINER = "\u200d", "\u200c"
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters by class, and nothing to the eye
_MOST_MARKS = 4  # accents on one letter; more is drawn over the lines above and below
_LINK = re.compile(
    r"https?:|www\.|\S@\S+\.\S|\b[a-z0-9-]{2,}(?:\.[a-z0-9-]+)*\.(?:com|org|net|uk|london|io|info|eu|app|ly|xyz|biz)\b", re.IGNORECASE
)
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]*[0-9]")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_CHARITY = re.compile(r"(?:SC|NIC?)?[0-9]{5,7}(?:-[0-9]{1,2})?", re.IGNORECASE)


@dataclass(frozen=True)
class Flaw:
    """`words`: a sentence for the person, to be translated; `%(name)s` stands for a value. `general`: it may be said of any field, so
    where several are listed the field has to be named beside it."""

    words: str
    values: Mapping[str, Any] = field(default_factory=dict)
    general: bool = False

    @property
    def plain(self) -> str:
        """The sentence in English."""
        return self.words % self.values if self.values else self.words


Flaws = dict[str, Flaw]  # field → what is wrong with it, in the order of the page

HIDDEN = Flaw(
    N_("Some signs in this can’t be seen: they turn the direction of writing, or have no width. Type it again, or paste it as plain text"),
    general=True,
)
MARKS = Flaw(N_("Some letters carry too many accents to be read. Type them again"), general=True)
CODE = Flaw(N_("Leave out what looks like code, as <b> or <script>: plain words only"), general=True)
LINK = Flaw(N_("Leave out web and e-mail addresses here. You can add links once we know your group"), general=True)
WORDLESS = Flaw(N_("Use some letters or numbers here, so that it can be read out"), general=True)
BAD_LINK = Flaw(N_("Type a web address like https://www.example.org"))
BAD_PHONE = Flaw(N_("Type a phone number like 020 7946 0123"))
BAD_CHARITY = Flaw(N_("Type a charity number like 1234567, or leave it empty"))


def too_long(most: int, have: int) -> Flaw:
    return Flaw(N_("Use %(most)s characters or fewer. You have %(have)s"), {"most": f"{most:,}", "have": f"{have:,}"}, general=True)


ONE_LINE = Flaw(N_("Keep this on one line"), general=True)
CHOOSE = Flaw(N_("Choose only answers that are on the page"), general=True)


def text_flaw(text: str, most: int, *, links: bool) -> Flaw | None:
    """Of plain words. `links`: whether this author may put addresses in them."""
    if len(text) > most:
        return too_long(most, len(text))
    if _has_hidden(text):
        return HIDDEN
    if _has_heaped_marks(text):
        return MARKS
    if _has_code(text):
        return CODE
    if not links and _LINK.search(text):
        return LINK
    if text and not any(unicodedata.category(sign)[0] in "LN" for sign in text):
        return WORDLESS
    return None


def link_flaw(text: str, most: int) -> Flaw | None:
    """Of a web address."""
    if len(text) > most:
        return too_long(most, len(text))
    return None if _is_address(text) else BAD_LINK


def phone_flaw(text: str, most: int) -> Flaw | None:
    digits = sum(sign.isdigit() for sign in text)
    good = len(text) <= most and _PHONE.fullmatch(text) and 3 <= digits <= 15
    return None if good else BAD_PHONE


def charity_flaw(text: str) -> Flaw | None:
    return None if _CHARITY.fullmatch(text) else BAD_CHARITY


def codes_flaw(value: Any, options: Collection[str]) -> Flaw | None:
    """Of a list of codes: each a text, one of those on the page, and there once."""
    if not isinstance(value, list | tuple) or not all(isinstance(code, str) for code in value):
        return CHOOSE
    return None if len(set(value)) == len(value) and set(value) <= set(options) else CHOOSE


def whole_address(text: str) -> str:
    """A web address with its scheme, as a link needs it: people type www.example.org."""
    return text if not text or "://" in text else f"https://{text}"


def _is_address(text: str) -> bool:
    if not text.isascii() or not text.isprintable() or any(sign in text for sign in " <>\"'\\`"):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and not parts.username and port in (None, 80, 443)
    return known and bool(_HOST.fullmatch(parts.hostname or ""))


def _has_hidden(text: str) -> bool:
    return any(_is_hidden(text, place) for place in range(len(text)))


def _is_hidden(text: str, place: int) -> bool:
    sign = text[place]
    if sign in (_JOINER, _NON_JOINER):
        return not _joins(text[place - 1 : place], text[place + 1 : place + 2], sign)
    return sign in _BLANKS or unicodedata.category(sign) in ("Cf", "Co", "Cs", "Zl", "Zp") or (_is_control(sign))


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc" and sign not in "\n\r\t"


def _joins(before: str, after: str, sign: str) -> bool:
    """Whether a joiner does its work: between the parts of a picture, or between letters of Arabic and Indian scripts."""
    if not before or not after:
        return False
    pictures = unicodedata.category(before) in ("So", "Sk", "Mn") and unicodedata.category(after) == "So"
    if sign == _JOINER and pictures:
        return True
    return _is_joined_script(before) and _is_joined_script(after)


def _is_joined_script(sign: str) -> bool:
    return "\u0600" <= sign <= "\u08ff" or "\u0900" <= sign <= "\u0dff"


def _has_heaped_marks(text: str) -> bool:
    run = 0
    for sign in text:
        run = run + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if run > _MOST_MARKS:
            return True
    return False


def _has_code(text: str) -> bool:
    """Whether anything is lost when it is cleaned of every tag: `3 < 5` and `<3` stay, `<b>` does not."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return html.unescape(nh3.clean(lines, tags=set())) != html.unescape(lines)
