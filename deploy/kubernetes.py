"""deploy/k8s/base: what is the same in every cluster. An overlay adds hosts, tags, counts and its own settings."""

from collections.abc import Iterable
from dataclasses import dataclass

from deploy.printing import PORT_BASE, printed
from deploy.wiring import Setting, in_common, in_its_own, in_its_secret
from shared.runtime.processes import PROCESSES, SERVICES, processes_of

# The namespaces of what is not ours.
PEERS = {"ingress": "ingress", "stores": "mongodb", "broker": "kafka"}
# Where a cluster differs from a setting's own default.
IN_A_CLUSTER = {"KAFKA_SECURITY": "SASL_SSL", "KAFKA_CA_FILE": "/etc/kafka-ca/ca.crt"}


@dataclass(frozen=True)
class Room:
    """What one container may take. No CPU limit where people wait; a loop that spins must not starve them."""

    cpu: str
    memory: str
    cpu_limit: str = ""


# Measured at rest: an api 89 MB, the others 39-49, Caddy 50.
ROOMS = {
    "api": Room("100m", "256Mi"),
    "worker": Room("50m", "192Mi", "1"),
    "consumer": Room("50m", "192Mi", "1"),
    "sender": Room("25m", "128Mi", "1"),
    "prepare": Room("50m", "192Mi", "1"),
    "door": Room("100m", "128Mi"),
}


def base() -> dict[str, str]:
    """File name → text."""
    resources = {
        "namespace.yaml": printed("k8s/namespace.yaml.j2"),
        "network.yaml": _network(),
        "door.yaml": printed("k8s/door.yaml.j2", rooms=ROOMS, door_port=PORT_BASE),
        **{f"{service}.yaml": _service(service) for service in SERVICES},
    }
    settings = {
        "common.env": _settings("Every service's settings.", in_common()),
        "door.env": DOOR_SETTINGS,
        **{f"{service}.env": _settings(f"{service}'s own settings.", in_its_own(service), service) for service in SERVICES},
    }
    names = [name.removesuffix(".env") for name in settings]
    return {
        "kustomization.yaml": printed("k8s/kustomization.yaml.j2", resources=list(resources), settings=names),
        **resources,
        **settings,
    }


def _service(service: str) -> str:
    return printed("k8s/service.yaml.j2", service=service, processes=processes_of(service), secrets=in_its_secret(service), rooms=ROOMS)


def _network() -> str:
    apis = [process for process in PROCESSES if process.command == "api"]
    return printed("k8s/network.yaml.j2", apis=apis, services=SERVICES, peers=PEERS, door_port=PORT_BASE)


def _settings(title: str, settings: Iterable[Setting], service: str = "") -> str:
    lines = [f"# Made by `python -m deploy.generate`. {title} An overlay's file of the same name is merged over this."]
    for item in settings:
        lines.append(f"# {item.about}")
        given = {**IN_A_CLUSTER, "KAFKA_USER": service}.get(item.name, item.default)
        lines.append(f"# {item.name}: the overlay says" if given is None else f"{item.name}={given}")
    return "\n".join(lines) + "\n"


DOOR_SETTINGS = """\
# Made by `python -m deploy.generate`. The front door's settings. An overlay's file of the same name is merged over this.
# PUBLIC_HOST: the overlay says: PUBLIC_URL without https://
# Networks of the ingress whose X-Forwarded-For is believed, in CIDR, by space
TRUSTED_PROXIES=127.0.0.1/32
"""
