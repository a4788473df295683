"""notify's settings: the common ones, its keys, and how mails leave the house."""

import re
from dataclasses import dataclass
from typing import ClassVar

from shared.runtime.settings import EXAMPLE_KEY, CommonSettings, setting
from shared.security.addresses import read_address
from shared.security.sealing import key_problems
from shared.security.sessions import public_half

SMTP, GOVUK_NOTIFY, FILE = "smtp", "govuk-notify", "file"
_API_KEY = re.compile(r"[0-9a-f-]{36}-[0-9a-f-]{36}\Z")


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    service: ClassVar[str] = "notify"

    notify_secret_key: str = setting(
        "NOTIFY_SECRET_KEY", "notify's secret key, base64: opens what is sealed", secret=True, example=EXAMPLE_KEY
    )
    notify_key: str = setting("NOTIFY_KEY", "32 random bytes, base64: for comparing addresses", secret=True, example=EXAMPLE_KEY)
    notify_signing_key: str = setting(
        "NOTIFY_SIGNING_KEY", "32 random bytes, base64: signs who has signed in", secret=True, example=EXAMPLE_KEY
    )
    notify_verify_key: str = setting(
        "NOTIFY_VERIFY_KEY", "The public key in base64 that reads who has signed in, as notify says", example=EXAMPLE_KEY
    )
    delivery: str = setting("DELIVERY", "How mails leave: smtp, govuk-notify or file", SMTP)
    mail_from: str = setting("MAIL_FROM", "The address that mails come from", example="pledge@example.org")
    smtp_host: str = setting("SMTP_HOST", "The mail server, for DELIVERY=smtp", "localhost")
    smtp_port: int = setting("SMTP_PORT", "Its port", 587)
    smtp_user: str = setting("SMTP_USER", "User name there; empty for none", "")
    smtp_password: str = setting("SMTP_PASSWORD", "Password there", "", secret=True)
    smtp_starttls: bool = setting("SMTP_STARTTLS", "Whether to ask for TLS; only a laptop goes without", True)
    govuk_notify_key: str = setting("GOVUK_NOTIFY_KEY", "API key, for DELIVERY=govuk-notify", "", secret=True)
    govuk_notify_template: str = setting("GOVUK_NOTIFY_TEMPLATE", "Id of a template there: subject ((subject)), body ((body))", "")
    govuk_notify_url: str = setting("GOVUK_NOTIFY_URL", "Its API's address", "https://api.notifications.service.gov.uk")
    mail_dir: str = setting("MAIL_DIR", "Where mails are written, for DELIVERY=file", "")

    data_links_per_network: int = setting(
        "DATA_LINKS_PER_NETWORK", "How many links to one's own data a subnet may ask for in ten minutes, of each api process", 60
    )
    data_copies_per_hour: int = setting(
        "DATA_COPIES_PER_HOUR", "How many copies of one's own data may be taken with one link in an hour, of each api process", 20
    )

    def problems(self) -> list[str]:
        found = super().problems() + self._key_problems()
        if read_address(self.mail_from) is None:
            found.append("MAIL_FROM must be an e-mail address, like pledge@example.org")
        if self.delivery not in (SMTP, GOVUK_NOTIFY, FILE):
            found.append(f"DELIVERY is '{self.delivery}': choose smtp, govuk-notify or file")
        if self.delivery == GOVUK_NOTIFY and not (self.govuk_notify_key and self.govuk_notify_template):
            found.append("DELIVERY=govuk-notify needs GOVUK_NOTIFY_KEY and GOVUK_NOTIFY_TEMPLATE")
        elif self.delivery == GOVUK_NOTIFY and not _API_KEY.search(self.govuk_notify_key):
            found.append("GOVUK_NOTIFY_KEY must end in the two UUIDs of an API key, joined by hyphens")
        if self.delivery == FILE and not self.mail_dir:
            found.append("DELIVERY=file needs MAIL_DIR")
        if self.is_production and self.delivery == SMTP and not self.smtp_starttls:
            found.append("SMTP_STARTTLS must stay on in production: mails hold addresses and links")
        return found

    def _key_problems(self) -> list[str]:
        found = key_problems(
            NOTIFY_SECRET_KEY=self.notify_secret_key,
            NOTIFY_KEY=self.notify_key,
            NOTIFY_SIGNING_KEY=self.notify_signing_key,
            NOTIFY_VERIFY_KEY=self.notify_verify_key,
        )
        if not found and self.is_production and public_half(self.notify_signing_key) != self.notify_verify_key:
            found.append("NOTIFY_VERIFY_KEY is not the public half of NOTIFY_SIGNING_KEY: nobody could stay signed in")
        return found
