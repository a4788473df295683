"""/staff/status/notify: how notify is, for its operators."""

from collections.abc import Iterator

from services.notify.store import indexes, outboxes
from services.notify.web.current import current_work
from shared.messaging.doctor import glance
from shared.messaging.findings import Finding
from shared.web.factory import now
from shared.web.status import status_page


def _look() -> Iterator[Finding]:
    return glance(current_work(), indexes(), outboxes(), now())


pages = status_page("notify", _look)
