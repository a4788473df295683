"""What the sealed boxes hold that other services, or notify itself, made for it. Opened to send or to show, never stored, never logged."""

from dataclasses import dataclass
from datetime import datetime

from services.notify import rules
from services.notify.settings import Settings
from shared.messaging.work import Work
from shared.runtime.errors import Poison
from shared.security.addresses import same_address
from shared.security.sealing import keyed_hash, public_half, seal, unseal


@dataclass(frozen=True)
class Opened:
    """What a pledge's box holds."""

    address: str
    reference: str
    withdraw_token: str
    action: str
    nudge_at: datetime
    consents: list[str]


@dataclass(frozen=True)
class Booked:
    """What a place's box holds. `first_name`: empty where it is none that may stand in a mail."""

    address: str
    first_name: str
    reference: str
    token: str
    consents: list[str]
    sign_up: str
    event: str
    slot: str
    party: int


@dataclass(frozen=True)
class Asked:
    """What the box of somebody holds who is asked to help run a group. `group`: its name; empty where it is no plain name."""

    address: str
    group: str


@dataclass(frozen=True)
class Noted:
    """What a note's box holds: the template that it asks for, what its words need, the token of its link."""

    template: str
    values: dict[str, str]
    token: str


def open_box(work: Work[Settings], sealed: str) -> Opened:
    """Raises Poison when the box is not ours or lacks something."""
    content = unseal(work.settings.notify_secret_key, sealed)
    try:
        opened = Opened(
            address=str(content["address"]),
            reference=str(content["reference"]),
            withdraw_token=str(content["token"]),
            action=str(content["action"]),
            nudge_at=datetime.fromisoformat(content["nudge_at"]),
            consents=[str(item) for item in content["consents"]],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _lacking(error) from None
    if opened.nudge_at.tzinfo is None:
        raise Poison("sealed box has a time without a zone")
    return opened


def open_booked(work: Work[Settings], sealed: str) -> Booked:
    """Raises Poison when the box is not ours or lacks something."""
    content = unseal(work.settings.notify_secret_key, sealed)
    try:
        name = str(content["first_name"])
        words = {field: str(content[field]) for field in ("address", "reference", "token", "sign_up", "event", "slot")}
        consents, party = [str(item) for item in content["consents"]], int(content["party"])
    except (KeyError, TypeError, ValueError) as error:
        raise _lacking(error) from None
    return Booked(first_name=name if rules.is_first_name(name) else "", consents=consents, party=party, **words)


def open_asked(work: Work[Settings], sealed: str) -> Asked:
    """The group's name was read by nobody of ours when it was sealed: one that could carry a link into a mail is left out."""
    content = unseal(work.settings.notify_secret_key, sealed)
    try:
        address, group = str(content["address"]), " ".join(str(content.get("group", "")).split())
    except KeyError as error:
        raise _lacking(error) from None
    return Asked(address, group if rules.is_plain_name(group) else "")


def open_note(work: Work[Settings], sealed: str) -> Noted:
    """Raises Poison when the box is not ours or lacks something."""
    content = unseal(work.settings.notify_secret_key, sealed)
    try:
        values = {str(name): str(value) for name, value in content["values"].items()}
        return Noted(str(content["template"]), values, str(content.get("token", "")))
    except (KeyError, AttributeError) as error:
        raise _lacking(error) from None


def address_in(work: Work[Settings], sealed: str) -> str:
    """The address alone, whatever else lies beside it."""
    return str(unseal(work.settings.notify_secret_key, sealed).get("address", ""))


def hash_of(work: Work[Settings], address: str) -> str:
    """A keyed hash by which an address is found again without being read: the same for whoever has it, so one address, one mark."""
    return keyed_hash(work.settings.notify_key, "address", same_address(address))


def seal_address(work: Work[Settings], address: str) -> str:
    """A box to notify's own key."""
    return seal(public_half(work.settings.notify_secret_key), {"address": address})


def _lacking(error: Exception) -> Poison:
    return Poison(f"sealed box lacks something: {type(error).__name__}")
