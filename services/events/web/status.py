"""/staff/status/events: how events is, for its operators."""

from collections.abc import Iterator

from flask import current_app

from services.events.operations.examine import overdue
from services.events.store import indexes, outboxes
from shared.messaging.doctor import glance
from shared.messaging.findings import Finding
from shared.web.factory import now
from shared.web.status import status_page


def _look() -> Iterator[Finding]:
    yield from glance(current_app.extensions["work"], indexes(), outboxes(), now())
    yield from overdue(now())


pages = status_page("events", _look)
