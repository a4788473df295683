"""The table of processes, compose and Kubernetes say the same."""

import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from deploy.compose import ONLY_ELSEWHERE
from deploy.wiring import CLASSES, OF_A_LAPTOP, OF_THE_IMAGE, deployed
from shared.runtime.processes import PROCESSES, SERVICES, Process, processes_of
from shared.runtime.settings import declared
from shared.security.keys import fresh
from shared.web.serve import options
from tests.deploy.standing import compose, compose_networks, config, given, let_in, of_kind, pods, reached

PORT_BASE = 8000
ENGINES = {"kafka", "mail", *(f"{service}-store" for service in SERVICES)}
OURS = {process.name for process in PROCESSES} | {f"{service}-prepare" for service in SERVICES}
by_name = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
by_service = pytest.mark.parametrize("service", SERVICES)


def test_every_process_is_deployed_and_nothing_else() -> None:
    """Compose and Kubernetes run the processes of the table, a preparing job a service and the front door; compose its engines too."""
    assert set(pods()) == OURS | {"door"}
    assert set(compose()["services"]) == OURS | {"door"} | ENGINES


@by_service
def test_what_is_started_exists(service: str) -> None:
    """The service knows each command that the table names, and `prepare`."""
    run = subprocess.run([sys.executable, "-m", f"services.{service}", "--help"], capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^  ([a-z-]+)  ", run.stdout.partition("Commands:")[2], re.MULTILINE))
    assert {process.command for process in processes_of(service)} | {"prepare"} <= listed


@by_name
def test_the_command_is_the_tables(process: Process) -> None:
    """Each process is `python -m services.<service> <command>` in both."""
    words = [f"services.{process.service}", process.command]
    assert pods()[process.name].container["args"] == words
    assert compose()["services"][process.name]["command"] == words
    assert "command" not in pods()[process.name].container, "the image's entry point must stay"


@by_service
def test_topics_and_indexes_are_prepared_before_anything_starts(service: str) -> None:
    """In compose a service's processes wait for its job, and the job until store and broker answer; Kubernetes has the job."""
    services = compose()["services"]
    assert pods()[f"{service}-prepare"].kind == "Job"
    for prepare in (services[f"{service}-prepare"]["command"], pods()[f"{service}-prepare"].container["args"]):
        assert prepare == [f"services.{service}", "prepare"]
    for process in processes_of(service):
        assert services[process.name]["depends_on"] == {f"{service}-prepare": {"condition": "service_completed_successfully"}}
    waits = services[f"{service}-prepare"]["depends_on"]
    assert waits == {name: {"condition": "service_healthy"} for name in (f"{service}-store", "kafka")}


@by_name
def test_ports_are_counted_from_the_front_doors(process: Process) -> None:
    """A process is asked how it is on the port it listens on; an api's Service has the same port, which the front door calls."""
    port = PORT_BASE + process.offset
    container = pods()[process.name].container
    assert [each["containerPort"] for each in container["ports"]] == [port]
    for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        assert container[probe]["httpGet"] == {"path": path, "port": container["ports"][0]["name"]}
    assert f"127.0.0.1:{port}/readyz" in " ".join(compose()["services"][process.name]["healthcheck"]["test"])
    service = of_kind("Service").get(process.name)
    assert (service is not None) == (process.command == "api")
    if service:
        assert [each["port"] for each in service["spec"]["ports"]] == [port]
        assert service["spec"]["selector"].items() <= pods()[process.name].labels.items()


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_settings_are_those_that_the_service_declares(name: str) -> None:
    """Kubernetes gives each setting that a service reads, and none that nobody reads. Compose leaves out what its engines settle."""
    service = name.partition("-")[0]
    every = {item.metadata["env"] for item in declared(CLASSES[service])}
    expected = every - set(OF_THE_IMAGE) - set(OF_A_LAPTOP)
    assert set(given(pods()[name])) == expected == {item.name for item in deployed(service)}
    assert set(compose()["services"][name]["environment"]) == expected - set(ONLY_ELSEWHERE)


@by_service
def test_the_service_accepts_its_environment(service: str) -> None:
    """Staging's settings with fresh keys pass every check of production; compose's pass those of a laptop."""
    keys = fresh()
    variables = {name: value for name, value in given(pods()[f"{service}-api"]).items() if not value.startswith("secret/")}
    assert variables["ENVIRONMENT"] == "production"
    stored = {"MONGO_URI": f"mongodb://{service}-store.mongodb/{service}", "KAFKA_PASSWORD": "invented"}
    loaded = CLASSES[service].load({**variables, **stored, **keys})
    assert loaded.is_production
    on_one_machine = CLASSES[service].load(
        {name: str(value) for name, value in compose()["services"][f"{service}-api"]["environment"].items()}
    )
    assert on_one_machine.mongo_uri.startswith(f"mongodb://{service}-store:27017/{service}?")


def test_each_service_is_a_kafka_user_of_its_own() -> None:
    """The broker can tell the services apart, so that each may write its own topics alone; the connection is encrypted."""
    assert {service: config(service)["KAFKA_USER"] for service in SERVICES} == {service: service for service in SERVICES}
    assert config("common")["KAFKA_SECURITY"] == "SASL_SSL"


def test_one_public_address() -> None:
    """Mails' links, the front door and the Ingress name one host, in staging and in compose."""
    host = urlsplit(config("common")["PUBLIC_URL"]).hostname
    assert config("door")["PUBLIC_HOST"] == host
    assert (
        compose()["services"]["door"]["environment"]["PUBLIC_HOST"]
        == urlsplit(compose()["services"]["pledge-api"]["environment"]["PUBLIC_URL"]).hostname
    )


@by_name
def test_a_process_reaches_what_it_needs_and_nothing_else(process: Process) -> None:
    """From `needs`: its own service's store, the broker, the mail server, names. No api reaches the broker, no service another's store."""
    needs = {
        "store": {(f"mongodb/{process.service}-store", 27017)},
        "broker": {("kafka/messages", 9093)},
        "mail": {("outside", 587), ("outside", 443)},
    }
    names = {("kube-system/kube-dns", 53)}
    policies = list(of_kind("NetworkPolicy").values())
    assert reached(pods()[process.name].labels, policies) == names.union(*(needs[need] for need in process.needs))
    places = {"store": process.service, "broker": "messages", "mail": "mail"}
    behind = {"pages"} if process.command == "api" else set()
    assert compose_networks(process.name) == behind | {places[need] for need in process.needs}


@by_service
def test_the_job_reaches_its_store_and_the_broker(service: str) -> None:
    """Making topics and indexes needs both, and nothing else."""
    policies = list(of_kind("NetworkPolicy").values())
    reaches = reached(pods()[f"{service}-prepare"].labels, policies) - {("kube-system/kube-dns", 53)}
    assert reaches == {(f"mongodb/{service}-store", 27017), ("kafka/messages", 9093)}
    assert compose_networks(f"{service}-prepare") == {service, "messages"}


def test_only_the_door_is_called() -> None:
    """The Ingress reaches the front door, the front door reaches the three apis, and nobody reaches anything else of ours."""
    policies = list(of_kind("NetworkPolicy").values())
    apis = {process.name: PORT_BASE + process.offset for process in PROCESSES if process.command == "api"}
    for name, pod in pods().items():
        expected = {("door", apis[name])} if name in apis else {("ingress", PORT_BASE)} if name == "door" else set()
        assert let_in(pod.labels, policies) == expected, name
    assert reached(pods()["door"].labels, policies) - {("kube-system/kube-dns", 53)} == set(apis.items())


def test_only_door_and_mails_are_open_to_the_machine() -> None:
    """Compose publishes the front door and the caught mails, on the loopback alone; every other network is closed to the outside."""
    described = compose()
    published = {name: each["ports"] for name, each in described["services"].items() if "ports" in each}
    assert published == {"door": ["127.0.0.1:8000:8000"], "mail": ["127.0.0.1:8025:8025"]}
    assert {name for name, each in described["networks"].items() if not each.get("internal")} == {"outside"}
    assert {name for name, each in described["services"].items() if "outside" in each["networks"]} == {"door", "mail"}
    assert {network for each in described["services"].values() for network in each["networks"]} == set(described["networks"])
    volumes = {volume.partition(":")[0] for each in described["services"].values() for volume in each.get("volumes", ())}
    assert volumes == set(described["volumes"])


def test_nothing_in_flight_is_cut_off() -> None:
    """A pod may take longer to end than its pause and what gunicorn gives a request; compose waits as long."""
    in_flight = options("127.0.0.1", 1, 1)["graceful_timeout"]
    for process in PROCESSES:
        pod = pods()[process.name]
        pause = pod.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert (pause > 0) == (process.command == "api")
        assert pod.grace > pause + in_flight
        assert int(compose()["services"][process.name]["stop_grace_period"].removesuffix("s")) > in_flight


def test_a_slow_store_is_not_taken_for_a_dead_pod() -> None:
    """The probe of readiness waits longer than an api looks for its store, and liveness asks neither store nor broker."""
    look = int(config("common")["MONGO_SELECTION_MS"]) / 1000
    for process in PROCESSES:
        container = pods()[process.name].container
        assert container["readinessProbe"]["timeoutSeconds"] > look
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
