"""supervisord's configuration, made from the table of processes."""

import shlex
from configparser import RawConfigParser
from pathlib import Path

import pytest

from shared.laptop.places import Laptop
from shared.laptop.programs import door, supervisord_conf
from shared.runtime.errors import SettingsError
from shared.runtime.processes import PROCESSES, SERVICES


def _configuration(laptop: Laptop) -> RawConfigParser:
    parser = RawConfigParser()
    parser.read_string(supervisord_conf(laptop))
    return parser


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(port=9000, data=tmp_path / "100%", build=tmp_path / "build")


def test_every_process_of_the_table_is_run(laptop: Laptop) -> None:
    """Each process of the table is one supervised program that reads its own service's environment."""
    conf = _configuration(laptop)
    for process in PROCESSES:
        command = shlex.split(conf[f"program:{process.name}"]["command"])
        assert command[-3:] == ["-m", f"services.{process.service}", process.command]
        assert f"{process.service}.json" in command[5]
        assert conf[f"program:{process.name}"]["autorestart"] == "true"
    in_app = conf["group:app"]["programs"].split(",")
    assert set(in_app) == {*(process.name for process in PROCESSES), "laptop-serve", "door"}


def test_engines_stop_last(laptop: Laptop) -> None:
    """supervisord stops the group with the highest number first: nobody's store goes before the process that writes to it."""
    conf = _configuration(laptop)
    assert int(conf["eventlistener:republisher"]["priority"]) > int(conf["group:app"]["priority"]) > int(conf["group:engines"]["priority"])
    assert conf["group:engines"]["programs"].split(",") == ["broker", *(f"{service}-store" for service in SERVICES)]


def test_stores_sync_every_commit(laptop: Laptop) -> None:
    """Without this flag a kill loses writes that were acknowledged."""
    conf = _configuration(laptop)
    for service in SERVICES:
        assert "--sync-on-commit" in conf[f"program:{service}-store"]["command"]


def test_no_secret_is_in_the_configuration(laptop: Laptop) -> None:
    """Secrets are in environment files for their owner's eyes, never on a command line."""
    assert "KEY" not in supervisord_conf(laptop)
    assert "KEY" not in door(laptop)


def test_a_per_cent_sign_in_a_path_is_no_expansion(laptop: Laptop) -> None:
    """A folder may have any name."""
    assert "100%%/logs/door.log" in supervisord_conf(laptop)


def test_every_port_follows_the_front_doors(laptop: Laptop) -> None:
    """PORT moves all of them, none twice."""
    moved = Laptop(port=9500, data=laptop.data, build=laptop.build)
    assert {name: port - 500 for name, port in moved.ports.items()} == laptop.ports
    assert len(set(laptop.ports.values())) == len(laptop.ports)


def test_a_deep_folder_still_has_a_socket(tmp_path: Path) -> None:
    """A unix socket's path may have 108 bytes at most."""
    deep = Laptop(port=9000, data=tmp_path / ("d" * 100), build=tmp_path)
    assert len(str(deep.socket)) <= 100
    assert deep.socket != Laptop(port=9000, data=tmp_path / ("e" * 100), build=tmp_path).socket


@pytest.mark.parametrize("port", ["abc", "0", "-1", "65530", "８０００", ""])
def test_a_wrong_port_is_said(port: str) -> None:
    """One sentence says what to choose."""
    with pytest.raises(SettingsError, match="PORT is"):
        Laptop.load({"PORT": port})
