"""Crisis help: the lines of the block on every page and in every mail, and the same numbers as contacts for a phone."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from shared.reference import datafile


@dataclass(frozen=True)
class CrisisLine:
    """One line of the block: `before`, the link (`label`, `href`), `after`.

    `in_mails`: whether mails carry it too. `about`: what it is, said on /crisis. `contact`, `contact_note`: how a phone's
    address book shows it. The three about checking are None until a named person has asked the helpline.
    """

    id: str
    before: str
    label: str
    after: str
    href: str
    in_mails: bool
    about: str
    contact: str
    contact_note: str
    verified_by: str | None
    verified_on: date | None
    review_by: date | None
    source: str

    @property
    def plain(self) -> str:
        """The line as plain text, for mails."""
        return f"{self.before}{self.label}{self.after}"

    @property
    def number(self) -> str:
        """The number alone, as the link has it."""
        return re.sub(r"\D", "", self.href.partition("?")[0])

    @property
    def verified(self) -> bool:
        return None not in (self.verified_by, self.verified_on, self.review_by)

    def overdue(self, on: date) -> bool:
        """Whether its check has run out by this day."""
        return self.review_by is not None and self.review_by < on


@cache
def crisis_lines() -> tuple[CrisisLine, ...]:
    """All of them, in the order in which they are shown."""
    return tuple(
        CrisisLine(**row | {"verified_on": datafile.day(row["verified_on"]), "review_by": datafile.day(row["review_by"])})
        for row in datafile.read("crisis")["lines"]
    )


def unverified() -> tuple[CrisisLine, ...]:
    """Those that nobody has checked with the helpline: production refuses them."""
    return tuple(line for line in crisis_lines() if not line.verified)


def vcards() -> str:
    """The numbers as one .vcf file (vCard 3.0, a contact each), for the phone's address book."""
    return "".join(_vcard(line) for line in crisis_lines())


def _vcard(line: CrisisLine) -> str:
    name = _escaped(line.contact)
    kind = "CELL,MSG" if line.href.startswith("sms:") else "VOICE"
    rows = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{name};;;;",
        f"FN:{name}",
        f"TEL;TYPE={kind}:{line.number}",
        f"NOTE:{_escaped(line.contact_note)}",
        "END:VCARD",
    ]
    return "".join(f"{row}\r\n" for row in rows)


def _escaped(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text)
