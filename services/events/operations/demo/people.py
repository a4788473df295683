"""Who has signed up in the demo data, by the title of the event: one walk with a place left, and one that is full with three waiting.

Most of them were added by the organiser, so that few mails lie in the laptop's catcher.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Guest:
    """`mail`: whether they signed up by themselves, with an address at example.org."""

    first_name: str
    bringing: int = 0
    access_needs: str = ""
    mail: bool = False

    @property
    def address(self) -> str | None:
        return f"{self.first_name.lower()}.demo@example.org" if self.mail else None


GUESTS: Mapping[str, tuple[Guest, ...]] = {
    "Evening walk along the canal": (
        Guest("Sam", access_needs="Step-free route", mail=True),
        Guest("Amina", access_needs="Would like to sit every ten minutes", mail=True),
        Guest("Joe", access_needs="Lip-reads: please face him"),
        Guest("Juniper", bringing=1),
        Guest("Otto", bringing=1, mail=True),
    ),
    "Towpath at dusk": (
        Guest("Ida", mail=True),
        Guest("Barnaby"),
        Guest("Clementine", access_needs="A bench to wait on"),
        Guest("Fitz"),
        Guest("Olive"),
        Guest("Ravi"),
        Guest("Wilhelmina", mail=True),
        Guest("Pip"),
        Guest("Marlowe"),
    ),
}
