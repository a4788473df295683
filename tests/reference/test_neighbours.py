"""Next door is next door from both sides, and everybody has a neighbour."""

from collections import deque

from shared.reference.areas import areas
from shared.reference.neighbours import nearby, neighbours

SLUGS = [area.slug for area in areas()]


def test_symmetric_and_complete() -> None:
    """All 33 are there, none is its own neighbour, nobody is named twice, and who has a neighbour is one."""
    for slug in SLUGS:
        found = neighbours(slug)
        assert found
        assert len(set(found)) == len(found)
        assert slug not in found
        assert set(found) <= set(SLUGS)
        assert all(slug in neighbours(other) for other in found), slug
        assert nearby(slug) == (slug, *found)


def test_the_map_agrees() -> None:
    """No borough is called next door to one that the tile map draws far away; and from any one, all others can be reached."""
    place = {area.slug: (area.row, area.column) for area in areas()}
    for slug in SLUGS:
        for other in neighbours(slug):
            (row, column), (row_, column_) = place[slug], place[other]
            assert max(abs(row - row_), abs(column - column_)) <= 3, (slug, other)
    reached, waiting = {"hackney"}, deque(["hackney"])
    while waiting:
        fresh = set(neighbours(waiting.popleft())) - reached
        reached |= fresh
        waiting.extend(fresh)
    assert reached == set(SLUGS)


def test_what_is_no_borough() -> None:
    """Online has no next door."""
    assert neighbours("online") == ()
