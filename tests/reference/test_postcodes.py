import gzip
import json
import random
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import brotli
import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference.areas import areas, by_gss
from shared.reference.build import PACKAGE, main, sectors
from shared.reference.postcodes import Postcodes, read_table, table_file
from shared.runtime.errors import SettingsError

Rows = list[tuple[str, str]]


@pytest.fixture(scope="module")
def postcodes(build_dir: Path) -> Postcodes:
    return Postcodes.load(build_dir)


@pytest.fixture(scope="module")
def rows() -> Rows:
    """The package's own table, read here a second time and not by the code under test."""

    def read() -> Iterator[tuple[str, str]]:
        for file in metadata.distribution(PACKAGE).files or ():
            if file.match("postcodes_?.msgpack.br"):
                content = msgpack.unpackb(brotli.decompress(Path(str(file.locate())).read_bytes()))
                yield from zip(content["data"]["pcd"], map(str, content["data"]["laua"]), strict=True)

    return list(read())


def london(rows: Rows) -> Rows:
    return [(code, gss) for code, gss in rows if gss.startswith("E09")]


def test_every_london_postcode_gives_its_borough(postcodes: Postcodes, rows: Rows) -> None:
    """All of London's postcodes, live and terminated, must give exactly the borough that the directory gives."""
    wrong = [code for code, gss in london(rows) if (found := by_gss(gss)) is None or postcodes.area_of(code) != found.slug]
    assert wrong == []
    assert len(london(rows)) > 300_000
    assert {gss for _, gss in london(rows)} == {area.gss for area in areas()}


def test_a_neighbour_of_london_is_not_london(postcodes: Postcodes, rows: Rows) -> None:
    """Postcodes outside must give None: all those in a sector that London shares, and a sample of the rest."""
    inside = {code.replace(" ", "")[:-2] for code, _ in london(rows)}
    outside = [code for code, gss in rows if not gss.startswith("E09")]
    shared = [code for code in outside if code.replace(" ", "")[:-2] in inside]
    assert len(shared) > 1000
    for code in shared + random.Random(7).sample(outside, 20_000):
        assert postcodes.area_of(code) is None
        assert postcodes.is_postcode(code) or code.startswith("NPT")  # Newport's, ended long ago, of a shape of their own


def test_a_postcode_that_does_not_exist_is_unknown(postcodes: Postcodes, rows: Rows) -> None:
    """A code of the right shape in a London sector must give None unless the directory has it: no guess by its neighbours."""
    known = {code.replace(" ", "") for code, _ in london(rows)}
    made_up = [f"{sector}{a}{b}" for sector in ("E81", "SW1A1", "N79") for a in "ABDEFGHJLNPQRSTUWXYZ" for b in "ABCIKMOVXZ"]
    made_up = [code for code in made_up if code not in known]
    assert len(made_up) > 300
    for code in made_up:
        assert postcodes.area_of(code) is None
        assert postcodes.is_postcode(code)


@pytest.mark.parametrize("text", ["E8 1EA", "e81ea", " e8  1ea ", "E8\u00a01EA", "E 8 1 E A", "e8\t1ea\n"])
def test_spaces_and_case_do_not_matter(postcodes: Postcodes, text: str) -> None:
    """However a postcode is spaced or capitalised, it must give the same borough."""
    assert postcodes.area_of(text) == "hackney"
    assert postcodes.is_postcode(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "E8",
        "E8 1",
        "hackney",
        "E8 1EA E8 1EA",
        "E8 1EA\0",
        "E8\x1c1EA",
        "E\u0668 1EA",
        "E8 1E\uff21",
        "\u017fW1A 1AA",
        "E8 1EA\ud800",
        "12345",
        "x" * 5000,
        " " * 5000 + "E8 1EA",
        "../../etc/passwd",
    ],
)
def test_what_has_not_the_shape_of_a_postcode_is_neither(postcodes: Postcodes, text: str) -> None:
    """Half a postcode, foreign digits, NUL and long rubbish must be told apart from a full postcode, and give no borough."""
    assert not postcodes.is_postcode(text)
    assert postcodes.area_of(text) is None


@given(text=st.text() | st.from_regex(r"[A-Za-z]{1,2}[0-9]{1,2} ?[0-9][A-Za-z]{2}"))
def test_no_text_raises(postcodes: Postcodes, text: str) -> None:
    """Any text at all must give a known slug or None, and only what has the shape may give a slug."""
    found = postcodes.area_of(text)
    assert found is None or (found in {area.slug for area in areas()} and postcodes.is_postcode(text))


def test_the_build_is_done_once(build_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table that is there must be left alone; one of another release must be made again, whole, and the same each time."""
    file, made = table_file(tmp_path), table_file(build_dir).read_bytes()
    file.parent.mkdir()
    file.write_bytes(made)
    written = file.stat().st_mtime_ns
    main([str(tmp_path)])
    assert capsys.readouterr().out == f"{file}: up to date\n"
    assert file.stat().st_mtime_ns == written

    file.write_bytes(gzip.compress(json.dumps(json.loads(gzip.decompress(made)) | {"version": "2020.1.1"}).encode()))
    main([str(tmp_path)])
    assert capsys.readouterr().out == f"{file}: made\n"
    assert file.read_bytes() == made
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_a_damaged_table_is_no_table(build_dir: Path, tmp_path: Path) -> None:
    """A table that was cut short, overwritten or is of another format must be as good as none, so that it is made again."""
    made = table_file(build_dir).read_bytes()
    file = tmp_path / "postcodes.json.gz"
    for damaged in (made[:1000], made[:-9] + b"\0" * 9, b"not gzip", gzip.compress(b"{"), gzip.compress(b'{"format": 99}')):
        file.write_bytes(damaged)
        assert read_table(file) is None


def test_the_table_says_where_it_comes_from(build_dir: Path) -> None:
    """The table must carry the directory's release and attribution, and stay small enough to ship and quick to load."""
    table = read_table(table_file(build_dir))
    assert table is not None
    assert table["version"] == metadata.version(PACKAGE)
    assert "Open Government Licence" in table["attribution"]
    assert table_file(build_dir).stat().st_size < 80_000
    begun = time.thread_time()
    Postcodes.load(build_dir)
    assert time.thread_time() - begun < 0.5


def test_without_a_table_the_way_out_is_named(tmp_path: Path) -> None:
    """A process that finds no table must be told which command makes it."""
    with pytest.raises(SettingsError, match=r"python -m shared\.reference\.build"):
        Postcodes.load(tmp_path)


def test_a_unit_that_the_table_cannot_hold_stops_the_build() -> None:
    """A future directory with other letters must stop the build, and not lose its postcodes in silence."""
    with pytest.raises(ValueError, match="UNIT_LETTERS"):
        sectors([("E8  1CC", "E09000012")])


def test_printing_the_table_shows_no_postcode(postcodes: Postcodes) -> None:
    """A table in an error report must not spill its contents."""
    assert repr(postcodes) == "Postcodes()"
