"""The page after the pledge that asks for an address: one time, one address, one consent with its exact words."""

from datetime import date

from babel import dates
from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.pledge import rules
from services.pledge.operations import pledges
from services.pledge.operations.pledges import Nudge
from services.pledge.store import Pledge
from services.pledge.web.current import desk
from services.pledge.web.pledged import action_of
from services.pledge.web.reading import Errors, form_key, new_key, pledge_of, read_each
from shared.reference.consents import REMINDERS, current
from shared.runtime.clock import in_london
from shared.security.addresses import ADVICE, read_address
from shared.web.audience import by_link
from shared.web.factory import now
from shared.web.i18n import page_locale
from shared.web.words import day

pages = Blueprint("nudge", __name__, template_folder="templates")


@pages.get("/pledged/<reference>/nudge")
@by_link
def form(reference: str) -> ResponseReturnValue:
    pledge = pledge_of(reference)
    if not _may_ask(pledge):
        return redirect(f"/pledged/{pledge.reference}", 303)
    return _form(pledge, {}, {})


@pages.post("/pledged/<reference>/nudge")
@by_link
def ask(reference: str) -> ResponseReturnValue:
    """A confirmed pledge stays as it is, and its page says "Your nudge is set"."""
    pledge = pledge_of(reference)
    if not _may_ask(pledge):
        return redirect(f"/pledged/{pledge.reference}", 303)
    answers, errors = read_each("when", "email", "consent", "key")
    address, key = read_address(answers["email"]), form_key(answers["key"])
    _check(answers, address, key, errors)
    if errors or address is None:
        return _form(pledge, answers, errors), 422
    nudge = Nudge(address, answers["when"], answers["consent"])
    pledges.ask_for_nudge(desk().work, pledge.reference, nudge, now=now(), key=key)
    return redirect(f"/pledged/{pledge.reference}", 303)


def _may_ask(pledge: Pledge) -> bool:
    return pledge.state in (rules.ANONYMOUS, rules.UNCONFIRMED)


def _check(answers: dict[str, str], address: str | None, key: str | None, errors: Errors) -> None:
    """Put what is wrong among the errors, in the order of the page."""
    found: Errors = {}
    if key is None:
        found[""] = [_("Part of this page was lost on its way. Press the button once more")]
    if answers["when"] not in rules.NUDGE_CHOICES:
        found["when"] = [_("Choose when to nudge you")]
    if "email" in errors:
        found["email"] = errors["email"]
    elif not answers["email"]:
        found["email"] = [_("Type your e-mail, or choose “No nudge, thanks”")]
    elif address is None:
        found["email"] = [_(ADVICE)]
    if not answers["consent"]:
        found["consent"] = [_("Tick the box, so that we may send it")]
    elif answers["consent"] != current(REMINDERS).id:
        found["consent"] = [_("We have changed these words since you opened the page. Read them, then tick the box")]
    errors.clear()
    errors.update(found)


def _form(pledge: Pledge, answers: dict[str, str], errors: Errors) -> str:
    asked = current(REMINDERS)
    return render_template(
        "pledge/nudge.html",
        section="pledge",
        pledge=pledge,
        action=action_of(pledge),
        whens=_whens(in_london(now()).date()),
        consent=asked,
        consented=answers.get("consent") == asked.id,
        answers={"when": pledge.nudge_choice or rules.SATURDAY, "email": ""} | answers,
        key=form_key(answers.get("key", "")) or new_key(),
        errors=errors,
    )


def _whens(today: date) -> list[tuple[str, str, str]]:
    """The choices with their days; Saturday need not be named twice."""
    locale = page_locale()
    days = {choice: rules.nudge_day(choice, today) for choice in rules.NUDGE_CHOICES}
    return [
        (rules.TWO_DAYS, _("In 2 days"), day(days[rules.TWO_DAYS], locale)),
        (rules.SATURDAY, _("Saturday morning"), dates.format_skeleton("MMMMd", days[rules.SATURDAY], locale=locale)),
        (rules.NEXT_WEEK, _("Next week"), day(days[rules.NEXT_WEEK], locale)),
    ]
