"""Settings: every problem at once, secrets unseen, and what production refuses."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import pytest

from shared.runtime.errors import SettingsError
from shared.runtime.processes import SERVICES
from shared.runtime.settings import EXAMPLE_KEY, CommonSettings, declared, examples, setting
from tests.support.settings import settings_class

GIVEN = {"PUBLIC_URL": "https://pledge.example.org", "MONGO_URI": "mongodb://u:secret-1@mongo.example/pledge", "KAFKA_BOOTSTRAP": "k:9092"}


@dataclass(frozen=True, kw_only=True)
class Own(CommonSettings):
    service: ClassVar[str] = "own"
    own_key: str = setting("OWN_KEY", "A key", "", secret=True)


def problems_of(kind: type[CommonSettings], environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        kind.load(environ)
    return caught.value.problems


def test_every_problem_is_named_at_once() -> None:
    """Missing ones, numbers that are none, switches that are neither on nor off: one sentence each, in one go."""
    problems = problems_of(CommonSettings, {"PUBLIC_URL": "x", "PORT_BASE": "eight", "WATCH": "perhaps", "CLOCK_OFFSET": "later"})
    named = sorted(problem.split(":")[0].split(" ")[0] for problem in problems)
    assert named == ["CLOCK_OFFSET", "KAFKA_BOOTSTRAP", "MONGO_URI", "PORT_BASE", "WATCH"]


def test_combinations_are_named_at_once() -> None:
    """Of what reads well but must not run, each is said too."""
    environ = {**GIVEN, "PUBLIC_URL": "pledge.example.org/", "ENVIRONMENT": "staging"}
    assert len(problems_of(CommonSettings, environ)) == 2


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"WATCH": "1"}, "WATCH"),
        ({"CLOCK_OFFSET": "3600"}, "CLOCK_OFFSET"),
        ({"OWN_KEY": EXAMPLE_KEY}, "example's"),
    ],
)
def test_production_refuses(change: dict[str, str], word: str) -> None:
    """What keeps exact times, moves the clock, or is a made-up secret; a laptop may."""
    (problem,) = problems_of(Own, {**GIVEN, **change})
    assert word in problem
    Own.load({**GIVEN, **change, "ENVIRONMENT": "laptop"})


def test_production_is_the_default() -> None:
    """Who forgets to say where it runs gets the strict rules."""
    assert CommonSettings.load(GIVEN).is_production


@pytest.mark.parametrize(("text", "value"), [("1", True), ("yes", True), ("ON", True), ("0", False), ("", False), ("off", False)])
def test_switches_read_as_people_write_them(text: str, value: bool) -> None:
    """1, yes, on; 0, no, off, or nothing."""
    assert CommonSettings.load({**GIVEN, "ENVIRONMENT": "laptop", "WATCH": text}).watch is value


@pytest.mark.parametrize("service", SERVICES)
def test_secrets_are_not_shown(service: str) -> None:
    """No repr of settings holds a secret's value: it may land in a traceback."""
    kind = settings_class(service)
    secrets = {item.name: f"value-of-{item.name}" for item in declared(kind) if item.metadata["secret"]}
    assert {"mongo_uri", "kafka_password"} <= set(secrets)
    others = {item.name: item.metadata["example"] for item in declared(kind) if item.metadata["example"] and item.name not in secrets}
    made: Any = kind(**{**others, **secrets})
    assert "value-of-" not in repr(made)


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_looks_like_a_secret_is_one(service: str) -> None:
    """A password, a secret key or an address with a password in it is never a plain setting."""
    plain = [item.metadata["env"] for item in declared(settings_class(service)) if not item.metadata["secret"]]
    suspicious = [
        name for name in plain if name.endswith(("_KEY", "_PASSWORD", "_URI", "_TOKEN")) and "PUBLIC" not in name and "VERIFY" not in name
    ]
    assert suspicious == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_required_setting_has_an_example(service: str) -> None:
    """Enough to print the service's documents with, and refused in production."""
    kind = settings_class(service)
    kind.load({**examples(kind), "ENVIRONMENT": "test"})
    with pytest.raises(SettingsError):
        kind.load(examples(kind))


@pytest.mark.parametrize("service", SERVICES)
def test_a_malformed_key_is_refused_at_start(service: str) -> None:
    """Each key is 32 bytes in base64, and the sentence says which is not; nothing else is wrong."""
    kind = settings_class(service)
    keys = [item.metadata["env"] for item in declared(kind) if item.metadata["example"] == EXAMPLE_KEY]
    assert keys
    for name in keys:
        (problem,) = problems_of(kind, {**examples(kind), "ENVIRONMENT": "test", name: "c2hvcnQ="})
        assert problem == f"{name} must be 32 bytes in base64"


@pytest.mark.parametrize("service", SERVICES)
def test_no_two_settings_share_a_variable(service: str) -> None:
    """Each field is read from a variable of its own, and says what it is for."""
    kind = settings_class(service)
    names = [item.metadata["env"] for item in declared(kind)]
    assert len(names) == len(set(names))
    assert all(item.metadata["about"] for item in declared(kind))
    assert [item.name for item in fields(kind) if "env" not in item.metadata] == []
