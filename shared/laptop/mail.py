"""/local/mail: the captured mails, as pages for people and as JSON for programs."""

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from shared.laptop.context import current_mailbox
from shared.laptop.mailbox import Mail
from shared.runtime.errors import NotFound
from shared.web.headers import PAGE_HEADERS

blueprint = Blueprint("local_mail", __name__, template_folder="templates")

_POLICY = "Content-Security-Policy"
# A mail is drawn in a frame of no origin: no script, nothing fetched; its links open in a tab of their own.
_FRAME = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " frame-ancestors 'self'"
)


@blueprint.get("/local/mail")
def mails() -> Response:
    """Newest first."""
    found = current_mailbox().newest_first()
    if not _wants_page():
        return jsonify([mail.as_json() for mail in found])
    return make_response(render_template("local_mails.html", mails=found))


@blueprint.get("/local/mail/<mail_id>")
def mail(mail_id: str) -> Response:
    found = _find(mail_id)
    if not _wants_page():
        return jsonify(found.as_json())
    response = make_response(render_template("local_mail.html", mail=found))
    response.headers[_POLICY] = PAGE_HEADERS[_POLICY] + "; frame-src 'self'"
    return response


@blueprint.get("/local/mail/<mail_id>/html")
def mail_html(mail_id: str) -> Response:
    """The mail's own HTML, for the frame."""
    response = make_response('<!doctype html><base target="_blank">' + _find(mail_id).html)
    response.headers[_POLICY] = _FRAME
    return response


def _find(mail_id: str) -> Mail:
    found = current_mailbox().find(mail_id)
    if found is None:
        raise NotFound("That mail isn’t here: only the last 1,000 are kept.")
    return found


def _wants_page() -> bool:
    return "text/html" in {name for name, _ in request.accept_mimetypes}
