"""/staff/status/pledge: how pledge is, for its operators."""

from collections.abc import Iterator

from services.pledge.store import indexes, outboxes
from services.pledge.web.current import desk
from shared.messaging.doctor import glance
from shared.messaging.findings import Finding
from shared.web.factory import now
from shared.web.status import status_page


def _look() -> Iterator[Finding]:
    return glance(desk().work, indexes(), outboxes(), now())


pages = status_page("pledge", _look)
