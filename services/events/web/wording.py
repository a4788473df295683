"""How what groups post is put into words, for every page of events that shows a post; `words` gives templates these helpers.

The partials `_event.html` and `_initiative.html` use them, so the page, an organiser's preview and a reviewer's are the very same.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask import Blueprint
from flask_babel import gettext as _
from markupsafe import Markup, escape

from services.events.rules.content import ONLINE
from services.events.store import Group
from shared.reference.areas import area_name, areas
from shared.reference.choices import choice, choice_name
from shared.reference.themes import theme_name
from shared.runtime.clock import in_london
from shared.web.i18n import N_, page_locale
from shared.web.words import clock, day

words = Blueprint("wording", __name__, template_folder="templates")  # no routes: it brings the templates and what they call

LATE = timedelta(hours=5)  # an end this early in the morning belongs to the evening before, so its day goes unsaid
_ACCESS_SHORT = {"bsl": N_("BSL"), "accessible-toilet": N_("Accessible toilet")}


@words.record
def _install(state: Any) -> None:
    state.app.jinja_env.globals.update(
        choice=choice, choice_name=named, theme_name=theme_name, area_words=area_words, areas_words=areas_words, slot_words=slot_words
    )
    state.app.jinja_env.filters.update(paragraphs=paragraphs, dialled=dialled, access_short=access_short)


class Approved(Protocol):
    """A group with what a reviewer approved of it: the whole document, or what the lists read of it."""

    @property
    def slug(self) -> Any: ...
    @property
    def approved(self) -> Any: ...
    @property
    def trusted(self) -> Any: ...
    @property
    def approved_at(self) -> Any: ...


def as_shown(group: Approved) -> dict[str, Any]:
    """What people may see of a group: the facts that a reviewer approved."""
    return {**(group.approved or {}), "slug": group.slug, "trusted": bool(group.trusted), "approved_at": group.approved_at}


def as_previewed(group: Group) -> dict[str, Any]:
    """The same for its organisers and for reviewers, with the words that wait where none are approved yet."""
    return {**(group.approved or group.about or {}), "slug": None, "trusted": bool(group.trusted), "approved_at": group.approved_at}


def named(table: str, code: str) -> str:
    """A choice's name in the page's language."""
    return str(_(choice_name(table, code)))


def area_words(code: str) -> str:
    """A borough's name, or “Online”."""
    return _("Online") if code == ONLINE else area_name(code)


def areas_words(codes: Sequence[str]) -> str:
    """ "Hackney", "Hackney and Camden", "All of London", "6 boroughs"."""
    names = [area_words(code) for code in codes]
    if not names or len(names) >= len(areas()):
        return str(_("All of London"))
    if len(names) > 4:
        return str(_("%(number)s boroughs", number=len(names)))
    return names[0] if len(names) == 1 else _("%(some)s and %(last)s", some=", ".join(names[:-1]), last=names[-1])


def slot_words(slot: Mapping[str, Any], *, year: bool = False) -> str:
    """ "Thursday 26 November, 6pm to 7:15pm", on London's wall clock; an end on another day says which."""
    locale = page_locale()
    starts, ends = in_london(slot["starts"]), in_london(slot["ends"])
    until = clock(ends, locale)
    if not _same_evening(starts, ends):
        until = _("%(hour)s on %(day)s", hour=until, day=day(ends, locale, year=year))
    return str(_("%(day)s, %(from_)s to %(until)s", day=day(starts, locale, year=year), from_=clock(starts, locale), until=until))


def _same_evening(starts: datetime, ends: datetime) -> bool:
    return ends.date() == starts.date() or (ends - LATE).date() <= starts.date()


def paragraphs(text: str | None) -> Markup:
    """Plain text as paragraphs: an empty line parts them, a single one breaks. Whatever looks like HTML is shown as it was typed."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", (text or "").replace("\r\n", "\n")) if part.strip()]
    return Markup("\n").join(
        Markup('<p class="govuk-body">{}</p>').format(Markup("<br>").join(escape(line) for line in part.splitlines())) for part in parts
    )


def dialled(phone: str) -> str:
    """A phone number as a `tel:` link holds it."""
    return re.sub(r"[^0-9+]", "", phone)


def access_short(code: str) -> str:
    """The name of an access fact where there is little room."""
    return str(_(_ACCESS_SHORT.get(code) or choice_name("access", code)))
