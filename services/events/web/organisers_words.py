"""How things stand, in an organiser's words: waited for how long, saved when, what was asked for. `words` gives templates these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from services.events.operations import held
from services.events.rules import posts as rules
from services.events.rules.checks import as_sent
from services.events.rules.wording import Flaw, Flaws
from services.events.store import Post
from services.events.web.ages import age
from services.events.web.current import current_work, refs
from services.events.web.questions import Question, options, select_options
from shared.reference.choices import choice
from shared.runtime.clock import in_london
from shared.web.factory import now
from shared.web.i18n import page_locale
from shared.web.words import clock, day

words = Blueprint("organisers_words", __name__, template_folder="templates")  # no routes


@words.record
def _install(state: Any) -> None:
    state.app.jinja_env.filters.update(short_when=short_when)
    state.app.jinja_env.globals.update(
        author_needs_help=lambda: held.needs_help(refs(), now()),
        question_options=lambda field: options(field, now()),
        question_picks=lambda field: select_options(field, now()),
    )


def short_when(moment: datetime) -> str:
    """ "21:04" today, "Sat 21 Nov, 9:12pm" before: when something was saved."""
    local = in_london(moment)
    if local.date() == in_london(now()).date():
        return f"{local:%H:%M}"
    return f"{short_day(moment)}, {clock(moment, page_locale())}"


def short_day(moment: date) -> str:
    """ "Sat 21 Nov"."""
    from_long = day(moment, page_locale()).split(" ")
    return " ".join((from_long[0][:3], from_long[1], from_long[2][:3])) if len(from_long) == 3 else " ".join(from_long)


def waits(since: datetime, moment: datetime) -> str:
    """ "Waiting 2 h; usually by 5pm next working day"."""
    return str(_("Waiting %(age)s; %(promise)s", age=age(since, moment), promise=promise()))


def promise() -> str:
    return str(_(current_work().settings.review_promise))


def said(flaws: Flaws) -> dict[str, list[str]]:
    """Flaws as a page's errors."""
    return {name: [_(flaw.words, **flaw.values)] for name, flaw in flaws.items()}


def summed_up(flaws: Flaws, questions: Mapping[str, Question]) -> dict[str, list[str]]:
    """The same for the summary above the page: a sentence that fits any field names its own."""
    return {name: [_named(flaw, questions[name])] for name, flaw in flaws.items()}


def _named(flaw: Flaw, question: Question) -> str:
    sentence = _(flaw.words, **flaw.values)
    return str(_("“%(question)s”: %(sentence)s", question=_(question.label), sentence=sentence) if flaw.general else sentence)


def asked_words(reasons: Sequence[str]) -> list[str]:
    """The sentences of the reasons for which changes were asked."""
    return [_(found.words) for code in reasons if (found := choice("changes", code))]


def note_to_group(post: Post) -> str:
    """What a reviewer wrote beside the reasons, asking for changes or taking it down."""
    said = (post.ended if post.state == rules.TAKEN_DOWN else post.asked) or {}
    return str(said.get("note", ""))


@dataclass(frozen=True)
class Standing:
    """`pill`: in two words. `words`: beside it."""

    pill: str
    words: str


def standing(post: Post, moment: datetime) -> Standing:
    """How a post stands, to its organisers."""
    saved = _("Saved %(when)s", when=short_when(post.saved_at)) if post.saved_at else ""
    if post.state == rules.DRAFT:
        return Standing(_("Saved draft"), _("%(saved)s; only you can see it", saved=saved))
    if post.state == rules.SUBMITTED:
        return Standing(_("Being checked"), waits(post.submitted_at, moment))
    if post.state == rules.CHANGES_ASKED:
        return Standing(_("Changes asked"), _("Change it, then send it again"))
    if post.state == rules.PUBLISHED:
        return _published(post, moment)
    return _over(post)


def _published(post: Post, moment: datetime) -> Standing:
    if post.submitted_at:
        return Standing(_("On the site"), _("New words are being checked. %(waits)s", waits=waits(post.submitted_at, moment)))
    if has_unsent(post):
        return Standing(_("On the site"), _("You have saved changes that nobody sees yet"))
    return Standing(_("On the site"), "")


def has_unsent(post: Post) -> bool:
    """Whether something published has a draft that has not been sent on."""
    sent = post.waiting or post.live or {}
    return post.state == rules.PUBLISHED and bool(rules.changed(sent, as_sent(post.kind, post.draft or {})))


def _over(post: Post) -> Standing:
    ended = post.ended or {}
    if post.state in (rules.CLOSING, rules.CANCELLED):
        reason = choice("cancel", ended.get("reason", ""))
        return Standing(_("Cancelled"), _(reason.name) if reason else "")
    if post.state == rules.TAKEN_DOWN:
        reason = choice("take-down", ended.get("reason", ""))
        return Standing(_("Taken down"), _(reason.words) if reason else "")
    reason = choice("end", ended.get("reason", ""))
    return Standing(_("Over"), _(reason.words) if reason else "")
