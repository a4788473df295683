"""/whats-on: what is on near you, by day; and what is always on, by borough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from services.events.operations import finding
from services.events.rules import days, seen
from services.events.rules.content import ONLINE
from services.events.rules.days import Days
from services.events.store.finding import Found, Wanted
from services.events.web import asking, places_words
from services.events.web.asking import Ask
from services.events.web.wording import area_words
from shared.reference.areas import areas
from shared.reference.choices import choices
from shared.reference.themes import themes
from shared.runtime.clock import in_london
from shared.web.audience import public
from shared.web.factory import now
from shared.web.i18n import page_locale
from shared.web.words import day, number

pages = Blueprint("whats_on", __name__, template_folder="templates")

MOST = 200  # rows of one page; a day is never parted
CARDS = 6  # of what is always on, below the list
ALWAYS = "/whats-on/always"


@dataclass(frozen=True)
class Way:
    """Where else to look when there is nothing here."""

    words: str
    href: str
    note: str


@pages.get("/whats-on")
@public
def page() -> ResponseReturnValue:
    moment = now()
    today = in_london(moment).date()
    ask, errors = asking.read(request.args, today)
    asked = ask.days(today)
    found, rest = ([], None) if errors else _first_rows(finding.events(ask.wanted(), asked, moment))
    shown = Days(asked.first, rest - timedelta(days=1)) if rest else asked
    always = [] if errors else finding.initiatives(_without_days(ask))
    answer = render_template(
        "events/whats_on.html",
        section="whats-on",
        ask=ask,
        errors=errors,
        sent=request.args,
        area_options=area_options(),
        access_options=[("", _("Anything")), *((one.code, _(one.name)) for one in choices("access"))],
        theme_options=[("", _("Any")), *((str(one.number), _(one.name)) for one in themes(today))],
        by_day=by_day(found),
        places=places_words.of_rows(found, moment),
        how_many=ngettext("1 thing", "%(number)s things", len(found), number=number(len(found), page_locale())),
        when=when_words(ask, shown, today),
        ways=[] if found or errors else ways_on(ask, asked, moment),
        always=sorted(always, key=lambda one: not one.live.get("areas"))[:CARDS],
        always_href=ask_always(ask.area),
        is_stale=lambda one: seen.is_stale(one.last_checked, moment),
        next_href=_next(ask, shown).address(),
        next_length=shown.length.days,
        first_href=replace(ask, first=None, last=None).address() if shown.first > today and not ask.weekend else None,
        printed_at=moment,
    )
    return (answer, 422) if errors else answer


@pages.get(ALWAYS)
@public
def always() -> ResponseReturnValue:
    """What is always on, by borough: a list for the wall."""
    moment = now()
    errors: dict[str, list[str]] = {}
    area = asking.only_area(request.args, errors)
    found = [] if errors else finding.initiatives(Wanted(areas=(area,) if area else ()))
    answer = render_template(
        "events/always.html",
        section="whats-on",
        area=area,
        errors=errors,
        area_options=area_options(),
        sections=by_area(found, area),
        how_many=ngettext("1 thing is", "%(number)s things are", len(found), number=number(len(found), page_locale())),
        is_stale=lambda one: seen.is_stale(one.last_checked, moment),
        ways=[] if found or errors else _ways_of_always(area),
        printed_at=moment,
    )
    return (answer, 422) if errors else answer


def ask_always(area: str) -> str:
    return Ask(area=area).address(ALWAYS)


def area_options() -> list[tuple[str, str]]:
    """All of London, online, then the boroughs."""
    return [("", _("All of London")), (ONLINE, _("Online")), *((area.slug, area.name) for area in areas())]


def by_day(found: Sequence[Found]) -> list[tuple[date, list[Found]]]:
    """On London's calendar."""
    return [(key, list(rows)) for key, rows in groupby(found, key=_day_of)]


def by_area(found: Sequence[Found], area: str) -> list[tuple[str, list[Found]]]:
    """What is in one borough under its name; what is for all of London last, once."""
    everywhere = [one for one in found if not one.live.get("areas")]
    wanted = [area] if area else [ONLINE, *(entry.slug for entry in areas())]
    parts = [(area_words(code), [one for one in found if code in one.live.get("areas", ())]) for code in wanted]
    return [(name, rows) for name, rows in [*parts, (_("All of London"), everywhere)] if rows]


def when_words(ask: Ask, shown: Days, today: date) -> str:
    """ "in the next 7 days", "this weekend", "from Monday 1 December to Sunday 7 December"."""
    locale = page_locale()
    if ask.weekend and shown == days.weekend(today):
        return str(_("this weekend"))
    if shown.first == today and not ask.weekend and shown.length == days.WEEK:
        return str(_("in the next 7 days"))
    if shown.first == shown.last:
        return str(_("on %(day)s", day=day(shown.first, locale)))
    return str(_("from %(first)s to %(last)s", first=day(shown.first, locale), last=day(shown.last, locale)))


def ways_on(ask: Ask, asked: Days, moment: datetime) -> list[Way]:
    """Where nothing is: the same place on other days, next door, online; and doing something oneself."""
    today = in_london(moment).date()
    month = days.from_(today, days.MONTH)
    any_day = replace(ask, weekend=False, first=None, last=month.last)
    ways = [_way(_("%(area)s, any day", area=_place(ask.area)), any_day, month, _("in the next month"), moment)]
    when = when_words(ask, asked, today)
    next_door = finding.counts_nearby(ask.area, ask.wanted(), asked, moment)
    if next_door:
        slug, count = next_door[0]
        words = _("Next door in %(area)s", area=area_words(slug))
        ways.append(Way(words, replace(ask, area=slug).address(), _counted(count, when)))
    elif ask.area:
        ways.append(_way(_("All of London"), replace(ask, area=""), asked, when, moment))
    if ask.area != ONLINE:
        week = days.from_(today, days.WEEK)
        ways.append(_way(_("Online"), replace(ask, area=ONLINE, weekend=False, first=None, last=None), week, _("this week"), moment))
    if ask.is_narrowed:
        anything = Ask(area=ask.area, weekend=ask.weekend, first=ask.first, last=ask.last)
        ways.append(_way(_("Anything in %(area)s", area=_place(ask.area)), anything, asked, when, moment))
    return [*ways, _run_something()]


def _run_something() -> Way:
    return Way(_("Run something yourself"), "/groups", _("A walk and a flask is enough"))


def _ways_of_always(area: str) -> list[Way]:
    return [
        Way(_("Always on, all of London"), ALWAYS, _("Everything that has no end")),
        Way(_("%(area)s, by day", area=_place(area)), Ask(area=area).address(), _("Walks, talks and get-togethers")),
        _run_something(),
    ]


def _way(words: str, ask: Ask, shown: Days, when: str, moment: datetime) -> Way:
    return Way(words, ask.address(), _counted(len(finding.events(ask.wanted(), shown, moment)), when))


def _counted(count: int, when: str) -> str:
    things = ngettext("1 thing", "%(number)s things", count, number=number(count, page_locale()))
    return str(_("%(things)s %(when)s", things=things, when=when) if count else _("Nothing yet %(when)s either", when=when))


def _place(area: str) -> str:
    return area_words(area) if area else _("All of London")


def _first_rows(found: list[Found]) -> tuple[list[Found], date | None]:
    """As many whole days as fit on a page, and the first day that does not."""
    if len(found) <= MOST:
        return found, None
    cut = _day_of(found[MOST])
    if cut == _day_of(found[0]):
        cut += timedelta(days=1)
    kept = [one for one in found if _day_of(one) < cut]
    return kept, cut if len(kept) < len(found) else None


def _next(ask: Ask, shown: Days) -> Ask:
    """The same question about as many days again."""
    coming = days.after(shown)
    return replace(ask, first=coming.first, last=coming.last if ask.last and not ask.weekend else None)


def _without_days(ask: Ask) -> Wanted:
    """What is always on has no day and no theme."""
    return Wanted(areas=(ask.area,) if ask.area else (), free=ask.free, access=ask.access, words=ask.wanted().words)


def _day_of(one: Found) -> date:
    return in_london(one.starts).date()
