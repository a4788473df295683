"""The outside seam: how a mail leaves the house. Three ways, one outcome each; nothing else knows a mail server.

GOV.UK Notify takes no attachment: what is attached can also be had by a link in the text.

Returns: the server said yes. TryLater: surely not taken. Refused: never will be. Unclear: it may or may not have been.

May import: settings, shared. Must not: store, rules, operations.
"""

from collections.abc import Callable
from pkgutil import resolve_name

from services.notify.delivery.mail import Attachment, Delivery, Mail, Refused, TryLater, Unclear
from services.notify.settings import FILE, GOVUK_NOTIFY, SMTP, Settings

__all__ = ["Attachment", "Delivery", "Mail", "Refused", "TryLater", "Unclear", "open_delivery"]


# Named, not imported: only the one that is used takes memory.
WAYS = {
    SMTP: "services.notify.delivery.smtp:Smtp",
    GOVUK_NOTIFY: "services.notify.delivery.govuk_notify:GovukNotify",
    FILE: "services.notify.delivery.files:Files",
}


def open_delivery(settings: Settings) -> Delivery:
    way: Callable[[Settings], Delivery] = resolve_name(WAYS[settings.delivery])
    return way(settings)
