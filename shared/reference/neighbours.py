"""Which boroughs lie next door to which."""

from functools import cache

from shared.reference import datafile


def neighbours(slug: str) -> tuple[str, ...]:
    """The boroughs that touch this one, in alphabetical order; none for what is no borough."""
    return _table().get(slug, ())


def nearby(slug: str) -> tuple[str, ...]:
    """The borough itself, then those next door."""
    return (slug, *neighbours(slug))


@cache
def _table() -> dict[str, tuple[str, ...]]:
    return {slug: tuple(found) for slug, found in datafile.read("neighbours")["neighbours"].items()}
