from datetime import date, timedelta

import pytest

from shared.reference.areas import areas
from shared.reference.groupings import FOOTPRINTS, groupings, groupings_of, set_name

ALL = sorted(area.slug for area in areas())
BEFORE, AFTER = date(2026, 3, 31), date(2026, 4, 1)


def standing(set_: str, on: date) -> list[str]:
    return sorted(slug for one in groupings() if one.set == set_ and one.stands(on) for slug in one.areas)


@pytest.mark.parametrize(
    ("set_", "on", "sizes"),
    [
        (FOOTPRINTS, date(2017, 7, 1), [8, 5, 8, 6, 6]),
        ("icb", date(2022, 7, 1), [8, 5, 8, 6, 6]),
        ("icb", BEFORE, [8, 5, 8, 6, 6]),
        ("icb", AFTER, [13, 8, 6, 6]),
        ("icb", date(2040, 1, 1), [13, 8, 6, 6]),
    ],
)
def test_each_area_is_in_one_grouping_of_a_set(set_: str, on: date, sizes: list[int]) -> None:
    """On each day on which a set stood, its groupings hold all 33 areas, each once."""
    assert standing(set_, on) == ALL
    assert [len(one.areas) for one in groupings() if one.set == set_ and one.stands(on)] == sizes


def test_nothing_stands_before_it_was_made_or_after_it_ended() -> None:
    """Footprints were made in March 2016 and ended when boards were established."""
    assert standing(FOOTPRINTS, date(2016, 2, 29)) == standing("icb", date(2022, 6, 30)) == standing(FOOTPRINTS, date(2022, 7, 1)) == []


def test_two_boards_became_one_in_april_2026() -> None:
    """Camden's board of March is another in April, with the same boroughs and those of North West; each board has its own code."""
    assert [one.code for one in groupings_of("camden", BEFORE)] == ["footprint-north-central", "icb-north-central"]
    assert [one.code for one in groupings_of("camden", AFTER)] == ["footprint-north-central", "icb-west-and-north"]
    merged = groupings_of("camden", AFTER)[1]
    former = {slug for one in groupings() if one.code in ("icb-north-west", "icb-north-central") for slug in one.areas}
    assert set(merged.areas) == former
    codes = [one.gss for one in groupings() if one.gss]
    assert len(codes) == len(set(codes)) == 6


@pytest.mark.parametrize("area", ALL)
def test_every_area_says_where_it_lies(area: str) -> None:
    """One footprint and one board, each with a name for people."""
    found = groupings_of(area, AFTER + timedelta(days=200))
    assert [one.set for one in found] == [FOOTPRINTS, "icb"]
    assert all(one.name and set_name(one.set) for one in found)
