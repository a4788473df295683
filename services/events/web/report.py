"""/report: something is wrong with a page. Anybody can say so, without a name; everybody sees where help is."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import reports
from services.events.rules.posts import KINDS
from services.events.store import Post
from services.events.web.current import current_work
from services.events.web.reading import form_key, new_key
from shared.reference.choices import choices
from shared.runtime.errors import InvalidInput, NotFound
from shared.web.audience import public
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("report", __name__, template_folder="templates")

_ABOUT = re.compile(rf"({'|'.join(KINDS)})/([a-z0-9-]{{1,80}})")
NO_PAGE = N_("We can’t tell which page you mean. Open the page, then press “Something wrong?” on it.")
TRAP = "website"  # a field that no person sees; who fills it in is a machine, and is thanked like everybody


@pages.get("/report")
@public
def form() -> ResponseReturnValue:
    post = _post()
    if request.args.get("sent"):
        return render_template("events/reported.html", section="whats-on", post=post)
    return _form(post, {}, {})


@pages.post("/report")
@public
def send() -> ResponseReturnValue:
    post, key = _post(), form_key()
    answers, errors = read_answers("reason", "words", TRAP, long=("words",))
    if not answers[TRAP]:
        try:
            if key is None:
                errors[""] = [_("Part of this page was lost on its way. Press the button once more")]
            if errors or key is None:
                raise InvalidInput(errors)
            words = answers["words"].replace("\r\n", "\n")
            reports.make(current_work(), post, answers["reason"], words, key=key, now=now())
        except InvalidInput as error:
            return _form(post, answers, {name: [_(words) for words in said] for name, said in error.fields.items()}), 422
    return redirect(f"/report?{urlencode({'about': f'{post.kind}/{post.slug}', 'sent': 'yes'})}", 303)


def _post() -> Post:
    found = _ABOUT.fullmatch(request.args.get("about", ""))
    if found is None:
        raise NotFound(NO_PAGE)
    return reports.about(found[1], found[2])


def _form(post: Post, answers: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    return render_template(
        "events/report.html",
        section="whats-on",
        post=post,
        reasons=[(one.code, _(one.name)) for one in choices("reports")],
        answers={"reason": "", "words": "", **answers},
        key=form_key() or new_key() if request.method == "POST" else new_key(),
        trap=TRAP,
        errors=errors,
    )
