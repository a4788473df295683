"""A Kafka record as the rest of the house sees it, with no trace of the client library."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Partition:
    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.number}"


@dataclass(frozen=True)
class Record:
    """`partition` and `offset` are set on what was read, and unset on what is to be sent."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    time: datetime
    partition: int = -1
    offset: int = -1

    @property
    def at(self) -> Partition:
        return Partition(self.topic, self.partition)
