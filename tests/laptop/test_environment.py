"""What each program of the laptop's stack is told."""

import base64
import json
import os
import stat
import subprocess
import sys
from dataclasses import MISSING
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from services.events.settings import Settings as EventsSettings
from services.notify.settings import Settings as NotifySettings
from services.pledge.settings import Settings as PledgeSettings
from shared.laptop.environment import SECRETS, environment, every_secret, keep_secrets, process_environment, write_environments
from shared.laptop.places import SERVE, Laptop
from shared.runtime.settings import CommonSettings, declared

SETTINGS: dict[str, type[CommonSettings]] = {"pledge": PledgeSettings, "events": EventsSettings, "notify": NotifySettings}


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(port=9000, data=tmp_path / "data", build=tmp_path / "build")


@pytest.mark.parametrize("service", SETTINGS)
def test_a_service_starts_with_what_it_is_given(laptop: Laptop, service: str) -> None:
    """Each service's settings are satisfied, and point at its own store, on the loopback address, on this stack's ports."""
    settings = SETTINGS[service].load(environment(laptop, service, keep_secrets(laptop.secrets), {}))
    assert settings.environment == "laptop"
    assert settings.bind == "127.0.0.1"
    assert settings.port_base == 9000
    assert settings.public_url == "http://localhost:9000"
    assert settings.mongo_uri.startswith(f"mongodb://127.0.0.1:{laptop.ports[f'{service}-store']}/{service}?retryWrites=false")


@pytest.mark.parametrize("service", SETTINGS)
def test_every_required_secret_is_made_up(service: str) -> None:
    """The table of secrets knows each secret that a service cannot start without."""
    secret = {item.metadata["env"] for item in declared(SETTINGS[service]) if item.metadata["secret"] and item.default is MISSING}
    assert secret - {"MONGO_URI"} <= set(SECRETS[service])


def test_a_service_never_gets_anothers_secrets(laptop: Laptop) -> None:
    """Only notify can open what is sealed to it, even when the person's own shell has every key set."""
    made_up = keep_secrets(laptop.secrets)
    shell = {**dict.fromkeys(every_secret(), "from the shell"), "HOME": "/home/sam"}
    for name, own in SECRETS.items():
        whole = process_environment(environment(laptop, name, made_up, shell), shell)
        assert set(whole) & every_secret() == set(own)
        assert "from the shell" not in whole.values()
        assert whole["HOME"] == "/home/sam"
    assert "NOTIFY_SECRET_KEY" not in {*SECRETS["pledge"], *SECRETS["events"], *SECRETS[SERVE]}


def test_what_only_tunes_can_be_set_from_outside(laptop: Laptop) -> None:
    """A time-out can be chosen; where the store is cannot."""
    shell = {"KAFKA_FETCH_WAIT_MS": "20", "MONGO_URI": "mongodb://elsewhere.example/pledge"}
    given = environment(laptop, "pledge", keep_secrets(laptop.secrets), shell)
    assert given["KAFKA_FETCH_WAIT_MS"] == "20"
    assert "elsewhere" not in given["MONGO_URI"]


def test_secrets_are_made_once_and_for_their_owner_alone(laptop: Laptop) -> None:
    """The same secrets come back at the next start, in files that nobody else can read; notify's two keys are a pair."""
    first = keep_secrets(laptop.secrets)
    write_environments(laptop, {})
    assert keep_secrets(laptop.secrets) == first
    for file in [laptop.secrets, *(laptop.environment_file(name) for name in SECRETS)]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    public = PrivateKey(base64.b64decode(first["NOTIFY_SECRET_KEY"])).public_key
    assert base64.b64encode(bytes(public)).decode() == first["NOTIFY_PUBLIC_KEY"]
    assert len({*first.values()}) == len(first)
    assert all(len(base64.b64decode(value)) == 32 for value in first.values())


def test_a_new_releases_secret_is_added(laptop: Laptop) -> None:
    """An upgrade adds the secret that it needs and changes none."""
    first = keep_secrets(laptop.secrets)
    del first["EVENTS_KEY"]
    laptop.secrets.write_text(json.dumps(first))
    second = keep_secrets(laptop.secrets)
    assert {name: second[name] for name in first} == first
    assert len(base64.b64decode(second["EVENTS_KEY"])) == 32


def test_the_stacks_processes_load_no_colours(laptop: Laptop) -> None:
    """structlog's optional `rich` costs memory in each of a dozen processes, so it is not found there, and nothing misses it."""
    given = process_environment(environment(laptop, "pledge", keep_secrets(laptop.secrets), {}), os.environ)
    look = "import services.pledge.background, sys; print('rich.console' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", look], env=given, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
