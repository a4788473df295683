"""/my-data: what we hold of you, what we sent you and why, and how to end it. An address is asked for; a mailed link shows the rest.

GET shows, POST acts. The answer to an address is the same whoever's it is, at the same pace: only the sender looks.
"""

from collections.abc import Callable

import orjson
from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.notify.operations import erasing, my_data
from services.notify.web import my_data_words
from services.notify.web.current import current_work
from services.notify.web.reading import read_each
from shared.runtime.errors import Expired
from shared.security.addresses import ADVICE, read_address
from shared.security.tokens import hash_token
from shared.web import per_network
from shared.web.audience import by_link, public
from shared.web.checks import read_form
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("my_data", __name__, template_folder="templates")

GONE = 410
ASKED, TAKEN = "my-data", "my-data-download"  # what is limited: asking for links, and taking a copy
ASKED_WAITS, TAKEN_WAITS = 600, 3600
MANY_ASKED = N_("Many links were asked for from your network. Wait ten minutes, then ask again. Nothing that we hold changes meanwhile.")
MANY_TAKEN = N_("You have taken this copy many times. What we hold is still on the page before. Take the next copy in an hour.")
THANKS = ("sent", "stopped", "taken-back")


# An address


@pages.get("/my-data")
@public
def ask() -> str:
    if request.args.get("asked"):
        return render_template("notify/my_data_asked.html")
    return _form("", {})


@pages.post("/my-data")
@public
def send() -> ResponseReturnValue:
    answers, errors = read_each("email")
    address = read_address(answers["email"])
    if address is None:
        return _form(answers["email"], {"email": errors.get("email") or [_(ADVICE)]}), 422
    per_network.spend(ASKED, "", _(MANY_ASKED), ASKED_WAITS)
    my_data.ask(current_work(), address, now())
    return redirect("/my-data?asked=1", 303)


def _form(typed: str, errors: dict[str, list[str]]) -> str:
    return render_template("notify/my_data_ask.html", typed=typed, errors=errors)


# Behind the link


@pages.get("/my-data/<token>")
@by_link
def show(token: str) -> ResponseReturnValue:
    try:
        whose = my_data.opened(token, now())
    except Expired as error:
        return _over(error)
    held = my_data.everything(current_work(), whose, now())
    done = request.args.get("done", "")
    return render_template(
        "notify/my_data.html",
        token=token,
        erasure=erasing.stands(whose),
        done=done if done in THANKS else "",
        **my_data_words.of_templates(held),
    )


@pages.post("/my-data/<token>/again")
@by_link
def again(token: str) -> ResponseReturnValue:
    return _act(token, lambda whose: my_data.send_again(current_work(), whose, read_form("ref")["ref"], token, now()), "sent")


@pages.post("/my-data/<token>/stop")
@by_link
def stop(token: str) -> ResponseReturnValue:
    return _act(token, lambda whose: my_data.stop(whose, read_form("purpose")["purpose"], now()), "stopped")


@pages.post("/my-data/<token>/take-back")
@by_link
def take_back(token: str) -> ResponseReturnValue:
    fields = read_form("ref", "consent")
    return _act(token, lambda whose: my_data.take_back(whose, fields["ref"], fields["consent"], now()), "taken-back")


@pages.get("/my-data/<token>/erase")
@by_link
def ask_to_erase(token: str) -> ResponseReturnValue:
    """What goes, what stays, and one button."""
    try:
        whose = my_data.opened(token, now())
    except Expired as error:
        return _over(error)
    held = my_data.everything(current_work(), whose, now())
    return render_template("notify/my_data_erase.html", token=token, held=held)


@pages.post("/my-data/<token>/erase")
@by_link
def erase(token: str) -> ResponseReturnValue:
    return _act(token, lambda whose: erasing.erase(current_work(), whose, now()), "")


@pages.get("/my-data/<token>/download.json")
@by_link
def download_json(token: str) -> ResponseReturnValue:
    return _download(token, "json")


@pages.get("/my-data/<token>/download.html")
@by_link
def download_html(token: str) -> ResponseReturnValue:
    return _download(token, "html")


def _download(token: str, kind: str) -> ResponseReturnValue:
    """A copy to keep. It holds what the page shows, and no link that opens anything."""
    try:
        whose = my_data.opened(token, now())
    except Expired as error:
        return _over(error)
    per_network.spend(TAKEN, hash_token(token), _(MANY_TAKEN), TAKEN_WAITS)
    held = my_data.everything(current_work(), whose, now())
    if kind == "json":
        content = my_data_words.as_json(held, now())
        answer = Response(orjson.dumps(content, option=orjson.OPT_INDENT_2), mimetype="application/json")
    else:
        answer = Response(render_template("notify/my_data_copy.html", at=now(), **my_data_words.of_templates(held)), mimetype="text/html")
    answer.headers["Content-Disposition"] = f'attachment; filename="my-data.{kind}"'
    return answer


def _act(token: str, do: Callable[[str], None], done: str) -> ResponseReturnValue:
    try:
        whose = my_data.opened(token, now())
    except Expired as error:
        return _over(error)
    do(whose)
    return redirect(f"/my-data/{token}" + (f"?done={done}" if done else ""), 303)


def _over(error: Expired) -> ResponseReturnValue:
    return render_template("notify/my_data_over.html", words=error.message), GONE
