"""pledge's settings: the common ones, a key of its own, and notify's public keys."""

from dataclasses import dataclass
from typing import ClassVar

from shared.runtime.settings import EXAMPLE_KEY, CommonSettings, setting
from shared.security.sealing import key_problems


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    service: ClassVar[str] = "pledge"

    pledge_key: str = setting(
        "PLEDGE_KEY",
        "32 random bytes in base64: pledge's own key, for comparing what a form key came with",
        secret=True,
        example=EXAMPLE_KEY,
    )
    notify_public_key: str = setting("NOTIFY_PUBLIC_KEY", "notify's public key in base64: addresses are sealed to it", example=EXAMPLE_KEY)
    notify_verify_key: str = setting(
        "NOTIFY_VERIFY_KEY", "The public key in base64 that reads who has signed in, as notify says", example=EXAMPLE_KEY
    )
    downloads_per_minute: int = setting(
        "DOWNLOADS_PER_MINUTE", "How often a subnet may fetch one file of the open data in a minute, from each api process", 60
    )
    host_name: str = setting("HOST_NAME", "The body that runs this service, for the privacy notice", "the body that runs this service")
    host_address: str = setting("HOST_ADDRESS", "Its postal address, for the privacy notice", "")
    contact_address: str = setting("CONTACT_ADDRESS", "Where people can write, shown on the contact page", "")
    data_officer_address: str = setting("DATA_OFFICER_ADDRESS", "Where data protection questions go; the contact address if empty", "")

    def problems(self) -> list[str]:
        return super().problems() + key_problems(
            PLEDGE_KEY=self.pledge_key, NOTIFY_PUBLIC_KEY=self.notify_public_key, NOTIFY_VERIFY_KEY=self.notify_verify_key
        )
