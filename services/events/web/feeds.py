"""/whats-on.ics and /whats-on.atom: the list for calendars and feed readers, all of London's or one borough's.

An entry's name is the neutral one that its group gave, and its place a borough: a calendar is read over shoulders.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.etree import ElementTree as Xml

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from services.events.operations import finding
from services.events.rules import days, seen
from services.events.rules.days import Days
from services.events.store.finding import Found, Wanted
from services.events.web import asking
from services.events.web.asking import Ask
from services.events.web.wording import area_words, slot_words
from shared.reference.choices import choice
from shared.runtime.clock import in_london
from shared.runtime.errors import InvalidInput
from shared.web import calendars
from shared.web.audience import public
from shared.web.calendars import Entry
from shared.web.factory import current_settings, now

pages = Blueprint("feeds", __name__)

MOST = 200
AHEAD = timedelta(days=60)
_ATOM = "http://www.w3.org/2005/Atom"


@pages.get("/whats-on.ics")
@public
def calendar() -> Response:
    """The coming weeks; what was cancelled says so, what was taken down is simply not there any more."""
    area, moment = _area(), now()
    found = _coming(area, moment)
    off = finding.cancelled((area,) if area else (), moment)
    content = calendars.calendar(
        [_entry(one, one.id, cancelled=False) for one in found] + [_entry(one, one.id, cancelled=True) for one in off],
        maker=current_settings().brand_name,
        public_url=current_settings().public_url,
        now=moment,
        name=_title(area),
    )
    return calendars.answer(content, "whats-on.ics")


@pages.get("/whats-on.atom")
@public
def atom() -> Response:
    """The coming weeks, what was published or changed last at the top."""
    area, moment = _area(), now()
    found = sorted(_coming(area, moment), key=lambda one: (one.changed_at, one.id), reverse=True)
    return Response(_atom(found, area, moment), content_type="application/atom+xml; charset=utf-8")


def one_event(found: Found, moment: datetime, uid: str = "") -> Response:
    """The calendar file of one event. `uid`: of somebody's own place at it."""
    settings = current_settings()
    entry = _entry(found, uid or found.id, cancelled=finding.how_shown(found, moment) == seen.CANCELLED)
    content = calendars.calendar([entry], maker=settings.brand_name, public_url=settings.public_url, now=moment)
    return calendars.answer(content, "event.ics")


def cancel_words(found: Found) -> str:
    """Why it does not take place, in words for everybody: "the weather is against it"."""
    reason = choice("cancel", finding.why_ended(found))
    return _(reason.words) if reason else ""


def _coming(area: str, moment: datetime) -> list[Found]:
    today = in_london(moment).date()
    shown: Days = days.from_(today, AHEAD)
    return finding.page_of_events(Wanted(areas=(area,) if area else ()), shown, None, MOST, moment)[0]


def _entry(found: Found, uid: str, *, cancelled: bool) -> Entry:
    return Entry(
        uid=uid,
        name=str(found.live["calendar_name"]),
        starts=found.starts,
        ends=found.ends,
        sequence=found.edition,
        url=current_settings().public_url + found.path,
        where=area_words(str(found.live["area"])),
        changed=found.changed_at,
        cancelled=cancelled,
    )


def _area() -> str:
    errors: dict[str, list[str]] = {}
    found = asking.only_area(request.args, errors)
    if errors:
        raise InvalidInput(errors)
    return found


def _title(area: str) -> str:
    return str(_("What’s on: %(area)s", area=area_words(area) if area else _("all of London")))


def _atom(found: Sequence[Found], area: str, moment: datetime) -> bytes:
    """A feed that names nothing twice: its id is its own address, an entry's is made of the event's id."""
    public_url = current_settings().public_url
    feed = Xml.Element("feed", {"xmlns": _ATOM, "xml:lang": "en-GB"})
    own = public_url + Ask(area=area).address("/whats-on.atom")
    newest = max((one.changed_at for one in found), default=days.from_(in_london(moment).date(), days.WEEK).since)
    _add(feed, "id", own)
    _add(feed, "title", _title(area))
    _add(feed, "updated", _stamp(newest))
    _add(Xml.SubElement(feed, "author"), "name", current_settings().brand_name)
    Xml.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": own})
    Xml.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": public_url + Ask(area=area).address()})
    for one in found:
        _add_entry(feed, one, public_url)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(feed)


def _add_entry(feed: Xml.Element, one: Found, public_url: str) -> None:
    entry = Xml.SubElement(feed, "entry")
    _add(entry, "id", f"urn:uuid:{one.id}")
    _add(entry, "title", str(one.live["title"]))
    _add(entry, "updated", _stamp(one.changed_at))
    _add(entry, "published", _stamp(one.published_at))
    _add(Xml.SubElement(entry, "author"), "name", one.group.name)
    Xml.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": public_url + one.path})
    where = area_words(str(one.live["area"]))
    _add(entry, "summary", f"{slot_words(one.slots[0])} · {where}. {one.live.get('summary', '')}".strip())


def _add(parent: Xml.Element, name: str, text: str) -> None:
    """XML has no place for control signs, not even escaped; nor for halves of surrogate pairs and U+FFFE, U+FFFF."""
    kept = "".join(
        sign for sign in text if sign in "\t\n\r" or (sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff")
    )
    Xml.SubElement(parent, name).text = kept


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
