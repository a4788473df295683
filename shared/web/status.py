"""/staff/status/<service>: how a service is, for its operators, and which help lines nobody has checked.

It asks only what an index answers. `python -m services.<name> doctor` compares everything with everything, which no page should.
"""

from collections.abc import Callable, Iterable

from flask import Blueprint, render_template

from shared.messaging.findings import NOTE, Finding
from shared.reference.crisis import crisis_lines
from shared.runtime.clock import in_london
from shared.security.sessions import OPERATOR
from shared.web.audience import requires
from shared.web.factory import now


def status_page(service: str, look: Callable[[], Iterable[Finding]]) -> Blueprint:
    """`look`: called inside a request."""
    pages = Blueprint("status", __name__)

    @pages.get(f"/staff/status/{service}")
    @requires(OPERATOR)
    def status() -> str:
        found, today = list(look()), in_london(now()).date()
        return render_template(
            "status.html",
            service=service,
            wrong=[one for one in found if one.effect != NOTE],
            notes=[one for one in found if one.effect == NOTE],
            unchecked=[line for line in crisis_lines() if not line.verified or line.overdue(today)],
            looked_at=now(),
        )

    return pages
