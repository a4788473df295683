"""What every page and every JSON call of pledge works with, made once a process."""

from dataclasses import dataclass, field
from typing import Self

from services.pledge.operations.listings import ThisWeek
from services.pledge.operations.numbers import Numbers
from services.pledge.operations.open_data import Files
from services.pledge.settings import Settings
from shared.messaging.work import Work
from shared.reference.postcodes import Postcodes

DESK = "desk"  # its place among the app's extensions


@dataclass(frozen=True)
class Desk:
    work: Work[Settings]
    postcodes: Postcodes = field(repr=False)
    numbers: Numbers
    week: ThisWeek
    files: Files

    @classmethod
    def open(cls, work: Work[Settings]) -> Self:
        """Raises SettingsError when the build has made no postcode table."""
        return cls(work, Postcodes.load(work.settings.build_dir), Numbers(work), ThisWeek(work), Files())
