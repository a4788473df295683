"""One JSON line a fact, from a closed list of fields: what is not on it cannot slip in."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.runtime.logs import ALLOWED, allow_listed, where_raised

ROOT = Path(__file__).parents[2]
SETUP = "from shared.runtime import logs\nimport logging\nlogs.configure('pledge', 'api', '{level}')\n"


def lines_of(program: str, level: str = "info") -> list[dict[str, Any]]:
    """What a process logs that runs this."""
    code = SETUP.format(level=level) + program
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_fields_off_the_list_are_dropped() -> None:
    """An address, a token, a path or a name passed along is not written; who speaks and when is on each line."""
    (line,) = lines_of("logs.log().info('message counted', count=3, email='ada@example.org', path='/confirm/abc', token='t', url='u')")
    assert {"event": "message counted", "count": 3, "service": "pledge", "process": "api", "level": "info"}.items() <= line.items()
    assert set(line) == {"event", "count", "service", "process", "level", "timestamp"}
    assert line["timestamp"].endswith("Z")


def test_a_librarys_line_keeps_who_and_how_bad_alone() -> None:
    """Its words may quote a document or an address; its error's class says enough."""
    program = """
try:
    raise ValueError("ada@example.org")
except ValueError:
    logging.getLogger("pymongo.command").exception("failed for %s", "ada@example.org")
logging.getLogger("urllib3").warning("ada@example.org")
logging.getLogger("urllib3").info("nothing of this")
"""
    first, second = lines_of(program)
    assert (first["event"], first["where"], first["level"], first["error"]) == ("library", "pymongo.command", "error", "ValueError")
    assert (second["where"], second["error"]) == ("urllib3", None)
    assert "ada" not in json.dumps([first, second])


def test_a_correlation_id_is_on_every_line_inside() -> None:
    """And on none outside."""
    inside, outside = lines_of("with logs.correlation('c-1'):\n    logs.log().info('one')\nlogs.log().info('two')")
    assert inside["correlation_id"] == "c-1"
    assert "correlation_id" not in outside


def test_the_level_is_kept() -> None:
    """What lies below it is not written; a level that does not exist is info."""
    program = "logs.log().debug('d')\nlogs.log().info('i')\nlogs.log().warning('w')"
    assert [line["event"] for line in lines_of(program, "warning")] == ["w"]
    assert [line["event"] for line in lines_of(program, "debug")] == ["d", "i", "w"]
    assert [line["event"] for line in lines_of(program, "loud")] == ["i", "w"]


@pytest.mark.parametrize(
    "name", ["email", "address", "name", "first_name", "token", "path", "url", "sealed", "ref", "subject", "key", "ip"]
)
def test_no_personal_field_is_on_the_list(name: str) -> None:
    """The list is the rule: these never come onto it."""
    assert name not in ALLOWED
    assert allow_listed(None, "info", {"event": "x", name: "ada"}) == {"event": "x"}


def test_a_fault_is_found_by_its_place() -> None:
    """Module and line of the innermost frame, and never a word of the message."""
    try:
        json.loads("{ada@example.org")
    except ValueError as error:
        where = where_raised(error)
    assert where.startswith("json.decoder:")
    assert where_raised(ValueError("never raised")) == "?"
