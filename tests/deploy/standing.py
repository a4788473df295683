"""The deployment as its tools see it, without a cluster: containers, their settings, and whom the network lets them reach."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from deploy.reading import BASE, OVERLAYS, Document, base_documents, compose_file, env_file
from shared.security.keys import fresh

STAGING = OVERLAYS / "staging"
WORKLOADS = ("Deployment", "Job")


@dataclass(frozen=True)
class Pod:
    """One workload of the base: its name, its pod's labels and spec, and its only container."""

    name: str
    kind: str
    labels: Mapping[str, str]
    spec: Document
    grace: int

    @property
    def container(self) -> Document:
        (only,) = self.spec["containers"]
        found: Document = only
        return found


@cache
def base() -> tuple[Document, ...]:
    """The base's manifests, read once: no test changes them."""
    return tuple(base_documents())


@cache
def compose() -> Document:
    """docker-compose.yml with fresh keys, read once."""
    return compose_file(fresh())


def compose_networks(name: str) -> set[str]:
    return set(compose()["services"][name]["networks"])


def pods(documents: Iterable[Document] | None = None) -> dict[str, Pod]:
    """The pods of the base, or of other documents, by the name of their workload."""
    found = {}
    for each in base() if documents is None else documents:
        if each["kind"] in WORKLOADS:
            name, template = each["metadata"]["name"], each["spec"]["template"]
            spec = template["spec"]
            found[name] = Pod(name, each["kind"], template["metadata"]["labels"], spec, spec["terminationGracePeriodSeconds"])
    return found


def of_kind(kind: str) -> dict[str, Document]:
    return {each["metadata"]["name"]: each for each in base() if each["kind"] == kind}


def config(name: str) -> dict[str, str]:
    """A ConfigMap in staging: the base's file with the overlay's over it."""
    return env_file(BASE / f"{name}.env") | env_file(STAGING / f"{name}.env")


def given(pod: Pod) -> dict[str, str]:
    """A container's variables in staging; a secret one's value is where it comes from, as `secret/pledge/PLEDGE_KEY`."""
    found: dict[str, str] = {}
    for source in pod.container["envFrom"]:
        found |= config(source["configMapRef"]["name"])
    for item in pod.container.get("env", ()):
        reference = item["valueFrom"]["secretKeyRef"]
        found[item["name"]] = f"secret/{reference['name']}/{reference['key']}"
    return found


def reached(labels: Mapping[str, str], policies: Iterable[Document]) -> set[tuple[str, int]]:
    """(peer, port) of everything that a pod with these labels may open a connection to. A policy that names no port or no peer is `all`."""
    return {
        (_peer(peer), port["port"])
        for policy in policies
        if "Egress" in policy["spec"]["policyTypes"] and _selects(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get("egress", ())
        for peer in rule.get("to") or [{"all": True}]
        for port in rule.get("ports") or [{"port": 0}]
    }


def let_in(labels: Mapping[str, str], policies: Iterable[Document]) -> set[tuple[str, int]]:
    """(peer, port) of whom a pod with these labels answers."""
    return {
        (_peer(peer), port["port"])
        for policy in policies
        if "Ingress" in policy["spec"]["policyTypes"] and _selects(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get("ingress", ())
        for peer in rule.get("from") or [{"all": True}]
        for port in rule.get("ports") or [{"port": 0}]
    }


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def _peer(peer: Mapping[str, Any]) -> str:
    if "ipBlock" in peer:
        return "outside"
    parts = [peer[kind]["matchLabels"].values() for kind in ("namespaceSelector", "podSelector") if kind in peer]
    return "/".join(value for values in parts for value in values) or "all"
