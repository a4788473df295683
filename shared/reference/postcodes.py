"""A full postcode → the borough it lies in, exact and offline, from a table that build.py makes.

The table knows which postcodes exist: for each sector ("E8 1", here without its space) and each area in it, one bit a
unit ("AA" to "ZZ"). A postcode is looked up and forgotten: nothing here logs it, keeps it or puts it into an error.
"""

import gzip
import json
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from shared.runtime.errors import SettingsError

ATTRIBUTION = (
    "Contains OS data © Crown copyright and database right 2025. Contains Royal Mail data © Royal Mail copyright and database right 2025."
    " Source: Office for National Statistics licensed under the Open Government Licence v.3.0."
)
FORMAT = 1
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # the 20 that the last two places use
_SHAPE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_SPACES = str.maketrans("", "", " \t\r\n\u00a0\u2009\u202f")  # what a keyboard or a pasted address may put in
_LONGEST = 40  # with room for stray spaces; nothing longer is worth a look


@dataclass(frozen=True)
class Postcodes:
    """`sectors`: sector → ((area slug, bits of its units), …)."""

    sectors: dict[str, tuple[tuple[str, int], ...]] = field(repr=False)

    @classmethod
    def load(cls, build_dir: str | Path) -> Self:
        """Read the table. Raises SettingsError where there is none, or one of another format."""
        table = read_table(table_file(build_dir))
        if table is None:
            raise SettingsError([f"BUILD_DIR ({build_dir}) has no postcode table: run `python -m shared.reference.build`"])
        slugs = table["areas"]
        return cls({sector: tuple((slugs[place], int(bits, 16)) for place, bits in row) for sector, row in table["sectors"].items()})

    def area_of(self, text: str) -> str | None:
        """The area's slug; None for what is no postcode, is not in London, or is not one we know."""
        code = tidied(text)
        if code is None:
            return None
        bit = unit_bit(code[-2:])
        return next((slug for slug, bits in self.sectors.get(code[:-2], ()) if bits & bit), None)

    @staticmethod
    def is_postcode(text: str) -> bool:
        """Whether it has the shape of a full postcode, in London or not: so that the answer can say which is wrong."""
        return tidied(text) is not None


def tidied(text: str) -> str | None:
    """The postcode in capitals without spaces, or None where it has not the shape of one."""
    if len(text) > _LONGEST:
        return None
    code = text.translate(_SPACES)
    if not code.isascii():  # before upper(), which turns a few foreign letters into ASCII ones
        return None
    code = code.upper()
    return code if _SHAPE.fullmatch(code) else None


def unit_bit(unit: str) -> int:
    """The bit of a unit; 0 for a letter that no unit has, so that it matches nothing."""
    first, second = UNIT_LETTERS.find(unit[0]), UNIT_LETTERS.find(unit[1])
    return 0 if min(first, second) < 0 else 1 << (first * len(UNIT_LETTERS) + second)


def table_file(build_dir: str | Path) -> Path:
    return Path(build_dir) / "reference" / "postcodes.json.gz"


def read_table(file: Path) -> dict[str, Any] | None:
    """The table as the build wrote it; None where it is missing, damaged or of another format."""
    try:
        table: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    return table if table.get("format") == FORMAT else None
