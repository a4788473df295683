"""What no container may do, and whose secrets it may know."""

import re

import pytest

from deploy.reading import Document, base_documents, compose_file
from deploy.wiring import CLASSES, in_its_secret
from shared.runtime.processes import PROCESSES, SERVICES
from shared.runtime.settings import declared
from shared.security.keys import fresh
from tests.deploy.standing import STAGING, Pod, compose, config, given, of_kind, pods

WRITES_ITS_OWN_IMAGE = {"kafka"}  # its start script; the reason stands beside it in compose
every_pod = pytest.mark.parametrize("name", sorted(pods()))
every_container = pytest.mark.parametrize("name", sorted(compose()["services"]))


def _tag(image: str) -> str:
    return image.rpartition(":")[2] if ":" in image else ""


@every_pod
def test_pods_are_restricted(name: str) -> None:
    """Every pod passes the `restricted` standard, writes nowhere but /tmp, and holds no key to the cluster."""
    pod = pods()[name]
    own, mine = pod.spec["securityContext"], pod.container["securityContext"]
    assert own["runAsNonRoot"] is True
    assert own["runAsUser"] == 10001
    assert own["seccompProfile"] == {"type": "RuntimeDefault"}
    assert mine == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert pod.spec["automountServiceAccountToken"] is False
    assert of_kind("ServiceAccount")[pod.spec["serviceAccountName"]]["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod.spec)
    assert {mount["mountPath"] for mount in pod.container["volumeMounts"] if not mount.get("readOnly")} == {"/tmp"}  # noqa: S108
    assert all(set(volume) - {"name"} <= {"emptyDir", "secret"} for volume in pod.spec["volumes"])


def test_the_namespace_asks_for_it() -> None:
    """The cluster itself refuses a pod that is less restricted."""
    (labels,) = (each["metadata"]["labels"] for each in of_kind("Namespace").values())
    assert {labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")} == {"restricted"}


@every_pod
def test_pods_have_room_of_their_own(name: str) -> None:
    """Memory is what was asked for and no more; where people wait, CPU has no limit."""
    resources = pods()[name].container["resources"]
    assert resources["requests"].keys() == {"cpu", "memory"}
    assert resources["limits"]["memory"] == resources["requests"]["memory"]
    waited_for = name == "door" or name.endswith("-api")
    assert ("cpu" in resources["limits"]) != waited_for


def test_a_drained_node_takes_no_page_away() -> None:
    """The front door and every api run twice, apart where there is room, and only one goes at a time."""
    deployments, budgets = of_kind("Deployment"), of_kind("PodDisruptionBudget")
    waited_for = {"door"} | {process.name for process in PROCESSES if process.command == "api"}
    assert set(budgets) == waited_for
    for name in waited_for:
        assert deployments[name]["spec"]["replicas"] >= 2
        assert budgets[name]["spec"]["maxUnavailable"] == 1
        assert budgets[name]["spec"]["selector"]["matchLabels"].items() <= pods()[name].labels.items()
    for name, each in deployments.items():
        selected = each["spec"]["selector"]["matchLabels"]
        assert selected.items() <= pods()[name].labels.items()
        assert all(spread["labelSelector"]["matchLabels"] == selected for spread in pods()[name].spec["topologySpreadConstraints"])


@every_container
def test_containers_of_compose_are_restricted(name: str) -> None:
    """Every container of compose drops its capabilities and can gain none; each but the broker's is read-only."""
    container = compose()["services"][name]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["tmpfs"] == ["/tmp"]  # noqa: S108
    assert container.get("read_only", False) == (name not in WRITES_ITS_OWN_IMAGE)
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(container)


def test_every_image_has_a_tag() -> None:
    """No image is `latest`, by name or by silence; staging says its tags itself."""
    images = {pod.container["image"] for pod in pods().values()} | {each["image"] for each in compose()["services"].values()}
    from_lines = re.findall(r"^FROM (\S+?)(?:\$\{\w+\})? AS", (STAGING.parents[3] / "Dockerfile").read_text(), re.MULTILINE)
    assert len(from_lines) == 4
    for image in [*images, *from_lines]:
        assert re.match(r"v?\d+\.\d+|\d+-", _tag(image)), image


def _secret_names(pod: Pod) -> set[str]:
    return {value for value in given(pod).values() if value.startswith("secret/")}


@every_pod
def test_secrets_come_by_reference_from_the_services_own(name: str) -> None:
    """Each secret setting comes from the Secret of the pod's own service; the front door knows none."""
    pod, service = pods()[name], name.partition("-")[0]
    if service not in SERVICES:
        assert _secret_names(pod) == set()
        return
    secret = {item.metadata["env"] for item in declared(CLASSES[service]) if item.metadata["secret"]}
    assert secret <= {item.name for item in in_its_secret(service)}
    assert _secret_names(pod) == {f"secret/{service}/{item.name}" for item in in_its_secret(service)}
    assert all(volume["secret"]["secretName"] == "kafka-ca" for volume in pod.spec["volumes"] if "secret" in volume)


def test_no_value_of_a_secret_is_written_down() -> None:
    """No manifest is a Secret, and no file of settings names what belongs in one."""
    secret = {item.name for service in SERVICES for item in in_its_secret(service)}
    assert "Secret" not in {each["kind"] for each in base_documents()}
    for name in ("common", "door", *SERVICES):
        assert not secret & set(config(name)), name


def test_no_service_gets_anothers_secret() -> None:
    """In compose a key's value is in its own service's containers alone; the public ones may be where something is sealed or read."""
    services = compose()["services"]
    owners = {"PLEDGE_KEY": {"pledge"}, "EVENTS_KEY": {"events"}}
    owners |= {key: {"notify"} for key in ("NOTIFY_KEY", "NOTIFY_SECRET_KEY", "NOTIFY_SIGNING_KEY")}
    public = {"NOTIFY_PUBLIC_KEY": {"pledge", "events"}, "NOTIFY_VERIFY_KEY": {"pledge", "events", "notify"}}
    assert set(owners) | set(public) == set(fresh())
    for name, allowed in {**owners, **public}.items():
        holders = {each.partition("-")[0] for each, described in services.items() if name in described.get("environment", {})}
        assert holders == allowed, name


def test_compose_asks_for_its_keys() -> None:
    """Without an .env file compose names the key that is missing and starts nothing; no key is written in the file."""
    for name in fresh():
        with pytest.raises(KeyError, match=f"{name} is missing"):
            _compose_without(name)


def _compose_without(name: str) -> Document:
    from_env = {key: value for key, value in fresh().items() if key != name}
    return compose_file(from_env)
