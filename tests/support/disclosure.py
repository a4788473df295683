"""What a reader of everything we publish can work out: whether the same could have been published of other numbers.

A history is a breakdown's counts at each moment when an edition may come out, each with how many pledges have been taken back so far.
London's exact totals, and so how many were made and taken back between two moments, are the same in every other world that is looked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from services.pledge.rules import disclosure
from services.pledge.rules.disclosure import Table

Counts = dict[str, int]
Cells = Mapping[str, disclosure.Cell]


@dataclass(frozen=True)
class Moment:
    counts: Counts
    taken: int = 0


def editions(history: Sequence[Moment]) -> list[Table | None]:
    """What comes out at each moment; None: what was out before stays."""
    out: list[Table | None] = []
    last: tuple[Table, int] | None = None
    for moment in history:
        table = disclosure.first(moment.counts)
        if last:
            found = disclosure.next_one(moment.counts, last[0], taken=moment.taken - last[1])
            if found is None:
                out.append(None)
                continue
            table = found
        out.append(table)
        last = (table, moment.taken) if table.is_shown else last
    return out


def seen(tables: Sequence[Table | None]) -> list[Cells | None]:
    return [dict(table.cells) if table else None for table in tables]


def hidden(table: Table | None) -> list[str]:
    """The cells of a table that is shown that are not."""
    if table is None or not table.is_shown:
        return []
    return [key for key, (value, _) in table.cells.items() if value is None]


def another_world(history: Sequence[Moment], at: int, key: str) -> Counts | None:
    """Other counts of that moment (the first, or one of two) in which this cell differs, from a world in which the very same comes out.

    Worlds are guessed in two ways, and each guess is put through the real rule.
    """
    tables = editions(history)
    published = seen(tables)
    for guess in chain(_built(history, tables, at, key), _swaps(history, at, key)):
        differs = guess[at].counts[key] != history[at].counts[key]
        if differs and _may_be(history, guess) and seen(editions(guess)) == published:
            return guess[at].counts
    return None


def _may_be(history: Sequence[Moment], guess: Sequence[Moment]) -> bool:
    """Whether as many pledges, made and taken back, lead through the guess."""
    for one, other in zip(history, guess, strict=True):
        if min(other.counts.values()) < 0 or sum(one.counts.values()) != sum(other.counts.values()):
            return False
    for (one, nxt), (guessed, then) in zip(_pairs(history), _pairs(guess), strict=True):
        made = sum(nxt.counts.values()) - sum(one.counts.values()) + nxt.taken - one.taken
        if sum(max(0, count - guessed.counts.get(key, 0)) for key, count in then.counts.items()) > made:
            return False
    return True


def _pairs(history: Sequence[Moment]) -> list[tuple[Moment, Moment]]:
    return list(pairwise(history))


def _swaps(history: Sequence[Moment], at: int, key: str) -> Iterator[list[Moment]]:
    """A few from another cell to this one, or back, now alone or at every moment."""
    for by in (1, -1, 2, -2, 3, -3):
        for other in sorted(history[at].counts.keys() - {key}):
            everywhere = [_moved(moment, key, other, by) for moment in history]
            yield everywhere
            yield [everywhere[place] if place == at else moment for place, moment in enumerate(history)]


def _moved(moment: Moment, key: str, other: str, by: int) -> Moment:
    return Moment({**moment.counts, key: moment.counts[key] + by, other: moment.counts[other] - by}, moment.taken)


def _built(history: Sequence[Moment], tables: Sequence[Table | None], at: int, key: str) -> Iterator[list[Moment]]:
    """From the ranges that two published tables allow: the cell's value first, then the others as near as can be to the other table."""
    one, other = tables[at], tables[1 - at] if len(tables) == 2 else None
    if one is None or other is None or not other.is_shown:
        return
    later = {name: other.ranges.get(name, (0, 0)) for name in one.ranges}
    for value in range(one.ranges[key][0], one.ranges[key][1] + 1):
        here = _filled({**one.ranges, key: (value, value)}, later, one.total)
        there = _nearest(here, other.ranges, other.total)
        if sum(here.values()) == one.total and sum(there.values()) == other.total:
            two = {at: here, 1 - at: there}
            yield [Moment(two[place], moment.taken) for place, moment in enumerate(history)]


def _filled(ranges: Mapping[str, tuple[int, int]], towards: Mapping[str, tuple[int, int]], total: int) -> Counts:
    counts = {key: low for key, (low, _) in ranges.items()}
    left = total - sum(counts.values())
    for limit in (0, 1, None):
        for key, (_, high) in ranges.items():
            top = high if limit is None else min(high, towards[key][limit])
            more = max(0, min(left, top - counts[key]))
            counts[key], left = counts[key] + more, left - more
    return counts


def _nearest(counts: Counts, ranges: Mapping[str, tuple[int, int]], total: int) -> Counts:
    near = {key: min(max(counts.get(key, 0), low), high) for key, (low, high) in ranges.items()}
    for key, (low, high) in ranges.items():
        wanted = near[key] + total - sum(near.values())
        near[key] = min(max(wanted, low), high)
    return near
