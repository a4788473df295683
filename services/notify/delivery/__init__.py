"""The outside seam: how a mail leaves the house. Three ways, one outcome each; nothing else knows a mail server.

GOV.UK Notify takes no attachment: what is attached can also be had by a link in the text.

Returns: the server said yes. TryLater: surely not taken. Refused: never will be. Unclear: it may or may not have been.

May import: settings, shared. Must not: store, rules, operations.
"""

from services.notify.delivery.files import Files
from services.notify.delivery.govuk_notify import GovukNotify
from services.notify.delivery.mail import Attachment, Delivery, Mail, Refused, TryLater, Unclear
from services.notify.delivery.smtp import Smtp
from services.notify.settings import FILE, GOVUK_NOTIFY, Settings

__all__ = ["Attachment", "Delivery", "Mail", "Refused", "TryLater", "Unclear", "open_delivery"]


def open_delivery(settings: Settings) -> Delivery:
    if settings.delivery == GOVUK_NOTIFY:
        return GovukNotify(settings)
    if settings.delivery == FILE:
        return Files(settings)
    return Smtp(settings)
