"""What must be the same in two places is: tables and processes, the catalogue and those who speak and hear."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import mongoengine
import pytest
from flask import Flask

from shared.messaging.catalogue import CATALOGUE, TOPICS, topics_heard_by, topics_of
from shared.runtime.processes import PROCESSES, SERVICES, find, processes_of
from shared.runtime.settings import TEST, examples
from shared.security.sessions import ROLES
from shared.store.documents import StoredDocument
from shared.web.audience import LINK, SIGNED_IN, audience_of
from shared.web.health import PROBES
from shared.web.openapi import document
from shared.web.routes import owner_of
from shared.web.staff import STAFF_MENU

ROOT = Path(__file__).parents[1]

# Named in the catalogue for a service that does not do so yet. Each goes with the issue that lets it.
NOT_HEARD_YET: set[tuple[str, str]] = set()


def module(service: str, room: str) -> ModuleType:
    return import_module(f"services.{service}.{room}")


# Processes


@pytest.mark.parametrize("service", SERVICES)
def test_each_services_processes_are_the_tables(service: str) -> None:
    """`python -m services.<name> …` runs exactly what compose, Kubernetes and the laptop will ask it for."""
    table: dict[str, str] = module(service, "__main__").PROCESSES
    assert set(table) == {process.command for process in processes_of(service)}


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_what_a_process_runs_is_there(process: Any) -> None:
    """The name behind each process leads to a function of the settings."""
    where, name = module(process.service, "__main__").PROCESSES[process.command].split(":")
    found = getattr(import_module(where), name)
    assert list(inspect.signature(found).parameters) == ["settings"]


def test_every_process_has_a_place_of_its_own() -> None:
    """No two listen on one port, and each is found by its name."""
    assert len({process.offset for process in PROCESSES}) == len(PROCESSES)
    assert len({process.name for process in PROCESSES}) == len(PROCESSES)
    assert all(find(process.service, process.command) is process for process in PROCESSES)
    assert all(process.offset > 0 for process in PROCESSES)  # 0 is the door's


def test_an_api_never_needs_the_broker() -> None:
    """With Kafka down every page and POST still works."""
    assert all("broker" not in process.needs for process in PROCESSES if process.command == "api")


# The catalogue


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_each_type_is_whole(name: str) -> None:
    """A known topic, those who say it, those who hear it (or nobody), a sentence, a version in its name."""
    entry = CATALOGUE[name]
    assert entry.topic in TOPICS
    assert entry.emitters
    assert set(entry.emitters) | set(entry.hearers) <= set(SERVICES)
    assert entry.about.endswith(".")
    assert name.rsplit(".", 1)[1].startswith("v")
    assert (entry.archived is None) is (entry.topic == "contacts.v1")


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_each_topic_is_made_by_one_service(name: str) -> None:
    """And its archive outlives it, so that a lost log can be filled."""
    topic = TOPICS[name]
    assert [service for service in SERVICES if topic in topics_of(service)] == [topic.owner]
    archived = [entry.archived for entry in CATALOGUE.values() if entry.topic == name and entry.archived]
    assert all(life > topic.lifetime for life in archived)


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_hears_has_a_handler(service: str) -> None:
    """One for each type that the catalogue says it hears, and for no other."""
    named = {name for name, entry in CATALOGUE.items() if service in entry.hearers}
    waiting = {name for who, name in NOT_HEARD_YET if who == service}
    handlers = module(service, "consumers").HANDLERS
    assert set(handlers) == named - waiting
    assert waiting <= named
    assert {CATALOGUE[name].topic for name in handlers} <= set(topics_heard_by(service))


@pytest.mark.parametrize("service", SERVICES)
def test_every_handler_takes_work_and_messages(service: str) -> None:
    """One function of (work, envelopes): the consumer calls it with neighbours together."""
    for handler in module(service, "consumers").HANDLERS.values():
        assert list(inspect.signature(handler).parameters) == ["work", "envelopes"]


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_speaks_is_named(service: str) -> None:
    """The types that a service makes messages of are those that the catalogue lets it: the broker's rights are made of that."""
    named = {name for name, entry in CATALOGUE.items() if service in entry.emitters}
    assert set(said_by(service)) == named


def said_by(service: str) -> Iterator[str]:
    """Types that are named in files that make messages."""
    for file in (ROOT / "services" / service).rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        calls = [node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        if "message" in calls:
            yield from (node.value for node in nodes if isinstance(node, ast.Constant) and node.value in CATALOGUE)


# The clock and the command line


@pytest.mark.parametrize("service", SERVICES)
def test_each_kind_of_due_has_a_name_and_a_pace(service: str) -> None:
    """Two of one name would wait for one another; one without a pace would be asked at every turn."""
    due = module(service, "clock").DUE
    names = [kind.name for kind in due]
    assert len(names) == len(set(names))
    assert all(kind.every.total_seconds() >= 0.5 for kind in due)


@pytest.mark.parametrize("service", SERVICES)
def test_the_commands_that_every_service_has(service: str) -> None:
    """Each by its name, once, with a sentence of help."""
    commands = module(service, "commands").COMMANDS
    names = [command.name for command in commands]
    assert {"prepare", "republish", "dead-letters"} <= set(names)
    assert len(names) == len(set(names))
    assert all(command.help for command in commands)


# Who may call what


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_declares_who_may_call_it(service: str, build_dir: Path) -> None:
    """Everybody, whoever holds a link, whoever signed in, staff with a role: none is left to chance; each is routed to its own service."""
    app = app_of(service, build_dir)
    rules = [rule for rule in app.url_map.iter_rules() if str(rule) not in PROBES]
    assert rules
    for rule in rules:
        audience = audience_of(app.view_functions[rule.endpoint])
        assert audience is not None, f"{rule} says nothing"
        assert owner_of(str(rule).replace("<uuid:member_id>", "x")) == service, f"{rule} belongs to another service"
        path = str(rule)
        assert (path == "/staff" or path.startswith("/staff/")) == isinstance(audience, tuple), f"{rule} is open to {audience}"
        assert not isinstance(audience, tuple) or set(audience) <= set(ROLES)
        assert not path.startswith("/groups/") or audience == SIGNED_IN, f"{rule} is open to {audience}"
        if "<token>" in path or "<reference>" in path:
            assert audience == LINK, f"{rule} is open to {audience}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_json_call_is_documented_whole(service: str, build_dir: Path) -> None:
    """Each route and method is in the service's OpenAPI document: what it does, each parameter, each answer and each field, in words."""
    app = app_of(service, build_dir)
    described = document(app)
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)), method.lower())
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    paths = described.get("paths", {})
    operations = {(path, method): one for path, item in paths.items() for method, one in item.items() if method != "parameters"}
    assert set(operations) == routes
    for (path, method), one in operations.items():
        assert one.get("summary"), (path, method)
        assert one.get("description"), (path, method)
        for parameter in (*paths[path].get("parameters", ()), *one.get("parameters", ())):
            assert parameter.get("description"), (path, method, parameter["name"])
        assert any(status.startswith("2") for status in map(str, one["responses"])), (path, method)
    for name, schema in described.get("components", {}).get("schemas", {}).items():
        for field, about in schema.get("properties", {}).items():
            assert about.get("description") or "$ref" in about or "allOf" in about, f"{name}.{field} says nothing"


@pytest.mark.parametrize("service", SERVICES)
def test_the_staff_menu_leads_to_pages_that_let_in_whom_it_is_shown_to(service: str, build_dir: Path) -> None:
    """Each line's page is there, for exactly the roles that see the line."""
    app = app_of(service, build_dir)
    for link in STAFF_MENU:
        if owner_of(link.href) == service:
            endpoint, _ = app.url_map.bind("localhost").match(link.href, method="GET")
            assert set(audience_of(app.view_functions[endpoint]) or ()) == set(link.roles), link.href


def app_of(service: str, build_dir: Path) -> Flask:
    """The service's app, as its `openapi` command makes it: no store is asked."""
    settings = module(service, "settings").Settings
    given = {**examples(settings), "ENVIRONMENT": TEST, "BUILD_DIR": str(build_dir)}
    app: Flask = module(service, "app").create_app(settings.load(given))
    mongoengine.disconnect(alias=service)
    return app


def documents_of(service: str) -> list[type[StoredDocument]]:
    """Every document class of a service's own store."""
    store = module(service, "store")
    rooms = [store, *(found for found in vars(store).values() if inspect.ismodule(found))]
    found = {value for room in rooms for value in vars(room).values() if inspect.isclass(value) and issubclass(value, StoredDocument)}
    return [one for one in found if one.__module__.startswith(f"services.{service}.")]


def test_no_two_documents_share_a_name() -> None:
    """The mapper knows documents by their class's name: of two that share one, the first would keep a connection that is closed."""
    names = [document.__name__ for service in SERVICES for document in documents_of(service)]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
