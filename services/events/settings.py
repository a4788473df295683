"""events' settings: the common ones, a key of its own, and notify's public keys."""

from dataclasses import dataclass
from typing import ClassVar

from shared.runtime.settings import EXAMPLE_KEY, CommonSettings, setting
from shared.security.sealing import key_problems


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    service: ClassVar[str] = "events"

    events_key: str = setting("EVENTS_KEY", "32 random bytes, base64: for names and needs", secret=True, example=EXAMPLE_KEY)
    notify_public_key: str = setting("NOTIFY_PUBLIC_KEY", "notify's public key, base64: addresses are sealed to it", example=EXAMPLE_KEY)
    notify_verify_key: str = setting(
        "NOTIFY_VERIFY_KEY", "The public key in base64 that reads who has signed in, as notify says", example=EXAMPLE_KEY
    )

    review_promise: str = setting(
        "REVIEW_PROMISE", "How soon what a group sends is read, as its organisers are told", "usually by 5pm next working day"
    )

    sign_ups_per_network: int = setting(
        "SIGN_UPS_PER_NETWORK", "How many sign-ups for one slot a subnet may send in ten minutes, to each api process", 60
    )

    def problems(self) -> list[str]:
        return super().problems() + key_problems(
            EVENTS_KEY=self.events_key, NOTIFY_PUBLIC_KEY=self.notify_public_key, NOTIFY_VERIFY_KEY=self.notify_verify_key
        )
