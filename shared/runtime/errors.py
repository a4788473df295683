"""One tree of errors, without HTTP codes and without a message's fate.

CollaborationError
├── InvalidInput        a field is wrong; `fields` says which and how to mend it
├── NotFound            there is no such thing (or it is not yours to see)
├── Conflict            the thing has moved on; the same request no longer applies
├── KeyReused           an idempotency key came with another body
├── Expired             a link is too old, already used, or was replaced
├── Forbidden           this person may not do this
├── TooMany             a limit; `retry_after` says when to come back
├── Unavailable         a store, broker or mail server is away; try again
├── Poison              a message that no retry can help
├── RestartNeeded       this process must end so that a fresh one starts
└── SettingsError       the environment is wrong; lists every problem at once

`shared/web/problems.py` maps these to statuses, `shared/messaging/fates.py` to a message's fate.
"""

from collections.abc import Mapping, Sequence


class CollaborationError(Exception):
    """The root. `message` is plain English for the person or operator who meets it."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(CollaborationError):
    """`fields`: field name → sentences, each saying what to change."""

    def __init__(self, fields: Mapping[str, Sequence[str]], message: str = "There is a problem with what was sent") -> None:
        super().__init__(message)
        self.fields = {name: list(sentences) for name, sentences in fields.items()}


class NotFound(CollaborationError):
    pass


class Conflict(CollaborationError):
    pass


class KeyReused(CollaborationError):
    pass


class Expired(CollaborationError):
    pass


class Forbidden(CollaborationError):
    pass


class TooMany(CollaborationError):
    """`retry_after`: seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(CollaborationError):
    pass


class Poison(CollaborationError):
    pass


class RestartNeeded(CollaborationError):
    pass


class SettingsError(CollaborationError):
    """`problems`: one sentence a wrong or missing setting."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)
