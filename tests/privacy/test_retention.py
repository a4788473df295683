"""The table of what is kept: the only home of each figure, worked by the clocks that it names."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from shared.messaging.catalogue import TOPICS
from shared.privacy import retention
from shared.privacy.retention import FOR_GOOD, OF_THE_LOG, RETENTION, WHILE_IT_SERVES, Kept
from shared.runtime.processes import SERVICES

ROOT = Path(__file__).parents[2]
ROWS = {name: value for name, value in vars(retention).items() if isinstance(value, Kept)}
FORGETS = re.compile(r"(forget|drop|expire)\b")
# Their figures are the messages' and the sessions' own, which lie below the table: it reads them, and those who work them as well.
READ_BELOW = {"MESSAGES", "UNDER_WAY", "REVOKED"}
# Their end is another row's, noted at the same place: an address that a group typed is one that was not confirmed, a place's link and mark
# go with its name.
WITH_ANOTHER = {"ASKED_TO_HELP", "PLACE_LINK", "PLACE_PERSON", "SIGN_IN_ADDRESS"}


def kinds(service: str) -> list[str]:
    return [kind.name for kind in import_module(f"services.{service}.clock").DUE]


@pytest.mark.parametrize("service", SERVICES)
def test_each_forgetting_kind_has_its_row(service: str) -> None:
    """Whatever a clock deletes is in the table that people read."""
    worked = {kind for row in RETENTION for who, kind in row.worked_by if who == service}
    assert {kind for kind in kinds(service) if FORGETS.match(kind)} <= worked


def test_each_row_has_its_worker() -> None:
    """A clock that is there, or a topic of the log; what is kept for good, or only opens nothing any more, has none."""
    there = {(service, kind) for service in SERVICES for kind in kinds(service)} | {(OF_THE_LOG, name) for name in TOPICS}
    for name, row in ROWS.items():
        assert set(row.worked_by) <= there, name
        if not row.worked_by:
            assert row.is_for_good or row.also, name


def test_every_row_is_shown() -> None:
    """A row outside the table would be worked and not shown."""
    assert [*map(id, RETENTION)] == [*map(id, ROWS.values())], "each once, in the order of the page"


def sources() -> Iterator[tuple[str, str]]:
    for room in ("services", "shared"):
        for path in (ROOT / room).rglob("*.py"):
            if path.name != "retention.py":
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_each_figure_is_read() -> None:
    """A row whose figure nobody reads promises what nobody does."""
    code = "\n".join(text for _, text in sources())
    unread = {
        name
        for name, row in ROWS.items()
        if row.lasts not in (FOR_GOOD, WHILE_IT_SERVES)
        and row.worked_by
        and not re.search(rf"\bretention\.{name}\b|\b{name}\.lasts\b", code)
    }
    assert unread == READ_BELOW | WITH_ANOTHER


def test_no_figure_has_another_home() -> None:
    """No module has a `…_KEPT` of its own; the messages' and sessions' are below the table."""
    found = [
        f"{path}: {target.id}"
        for path, text in sources()
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and "timedelta(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name) and ("KEPT" in target.id or "FORGET" in target.id)
    ]
    assert found == ["shared/messaging/archive.py: CORRELATION_KEPT"]
