"""GOV.UK Notify, for public bodies: one template there, whose subject is ((subject)) and whose body is ((body)).

Its API takes no attachment of ours: a calendar entry is then had by its link in the text alone.
Answers and their meaning: the service's own REST documentation, "Send an email: error codes".
"""

from typing import Any

import requests
from notifications_python_client.errors import APIError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient
from urllib3.exceptions import NewConnectionError

from services.notify.delivery.mail import Mail, Refused, TryLater, Unclear
from services.notify.settings import Settings

SECONDS = 20.0
_BEHIND_A_GATEWAY = (502, 504)  # said by what stands before the service, which may have taken the mail


class GovukNotify:
    def __init__(self, settings: Settings, *, seconds: float = SECONDS) -> None:
        self._template = settings.govuk_notify_template
        self._client: Any = NotificationsAPIClient(  # type: ignore[no-untyped-call]  # the package carries no types
            settings.govuk_notify_key, base_url=settings.govuk_notify_url, timeout=seconds
        )

    def send(self, mail: Mail) -> None:
        try:
            self._client.send_email_notification(
                email_address=mail.to,
                template_id=self._template,
                personalisation={"subject": mail.subject, "body": mail.text},
                reference=mail.message_id,
                one_click_unsubscribe_url=mail.stop_url or None,
            )
        except APIError as error:
            raise _meaning(error) from None  # its own words quote the request

    def close(self) -> None:
        self._client.request_session.close()


def _meaning(error: APIError) -> Exception:
    """Only a wrong address is for good. A wrong key, template or team is ours to mend, and costs nobody their nudge."""
    if isinstance(error, InvalidResponse):
        return Unclear("no-json")  # a yes that cannot be read
    if error.response is None:
        return _broken(error.__cause__)
    code = error.status_code
    if code == 400 and _names_the_address(error.message):
        return Refused("http-400")
    return Unclear(f"http-{code}") if code in _BEHIND_A_GATEWAY else TryLater(f"http-{code}")


def _names_the_address(message: Any) -> bool:
    """Its errors are [{"error": "ValidationError", "message": "email_address Not a valid email address"}]."""
    found = message if isinstance(message, list) else []
    return any(isinstance(one, dict) and str(one.get("message", "")).startswith("email_address") for one in found)


def _broken(cause: BaseException | None) -> Exception:
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    never_reached = isinstance(cause, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
    return (TryLater if never_reached else Unclear)(type(cause).__name__)
