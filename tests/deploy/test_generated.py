"""The files that come from the tables are what the tables say, and the tools that look at them would notice a fault."""

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy import checks
from deploy.env_example import env_example
from deploy.generate import stale, texts
from deploy.printing import ROOT
from deploy.reading import base_documents, env_file, rendered
from deploy.wiring import CLASSES, settings_of
from shared.runtime.processes import PROCESSES, SERVICES
from shared.security.keys import fresh
from shared.security.sealing import seal, unseal
from tests.deploy.standing import STAGING, pods


def test_the_committed_files_are_up_to_date() -> None:
    """Compose, the base, the front door's file and .env.example are what the generator prints."""
    assert stale() == [], "run: python -m deploy.generate"


def test_a_file_that_differs_is_named(tmp_path: Path) -> None:
    """A changed, a missing and a left-over file are each named."""
    for path, text in texts().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert stale(tmp_path) == []
    (tmp_path / "docker-compose.yml").write_text("services: {}\n")
    (tmp_path / "deploy/k8s/base/pledge.yaml").unlink()
    (tmp_path / "deploy/k8s/base/old.yaml").write_text("")
    assert stale(tmp_path) == ["deploy/k8s/base/old.yaml", "deploy/k8s/base/pledge.yaml", "docker-compose.yml"]


def test_env_example_explains_every_setting_once() -> None:
    """Each setting stands in .env.example once, after its sentence; what must be set is not commented out; no key has a value."""
    lines = env_example().splitlines()
    # Where services share a name, the first one's sentence explains it.
    for item in {item.name: item for service in reversed(CLASSES) for item in settings_of(service)}.values():
        (place,) = [number for number, line in enumerate(lines) if line.lstrip("#").startswith(f"{item.name}=")]
        assert lines[place - 1] == f"# {item.about}"
        assert lines[place].startswith("#") == (item.default is not None)
        assert not item.name.endswith("_KEY") or lines[place].endswith("=")


def test_env_example_is_enough_with_keys(tmp_path: Path) -> None:
    """.env.example with the keys filled in is an environment that each service accepts."""
    (tmp_path / ".env").write_text(env_example())
    environ = env_file(tmp_path / ".env") | fresh()
    for service in SERVICES:
        assert CLASSES[service].load(environ).service == service


def test_fresh_keys_fit_each_other() -> None:
    """What is sealed to the printed public key opens with the printed secret one; no two are alike, and no two runs."""
    keys = fresh()
    assert unseal(keys["NOTIFY_SECRET_KEY"], seal(keys["NOTIFY_PUBLIC_KEY"], {"a": "b"})) == {"a": "b"}
    assert len(set(keys.values()) | set(fresh().values())) == 2 * len(keys)


def test_the_readme_names_each_secret() -> None:
    """An operator finds every key of every Secret in deploy/README.md."""
    text = (ROOT / "deploy/README.md").read_text(encoding="utf-8")
    for service in SERVICES:
        for item in settings_of(service):
            if item.by_reference:
                assert item.name in text, item.name


def test_the_check_is_green() -> None:
    """`deploy/check` holds, and says so in one line a check."""
    run = subprocess.run([ROOT / "deploy/check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert [line.split(": ")[1] for line in run.stdout.splitlines()] == ["generated", "dockerfile", "compose", "kubernetes", "door"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document["spec"].update(replica=2),
        lambda document: document["spec"]["template"]["spec"]["containers"][0].update(image=7),
        lambda document: document.update(kind="Deploymint"),
    ],
    ids=["a field that is none", "a wrong type", "a kind that is none"],
)
def test_the_check_sees_a_broken_manifest(damage) -> None:  # type: ignore[no-untyped-def]  # a lambda of the list above
    """A slip in a manifest is named with the resource, and a kind that no schema knows is not waved through."""
    document = next(each for each in base_documents() if each["kind"] == "Deployment")
    damage(document)
    with pytest.raises(checks.Failed, match=document["metadata"]["name"]):
        checks.valid(document, "here")


def test_the_check_sees_a_broken_compose() -> None:
    """A key of compose that is none fails the check."""
    assert checks.fits({"services": {"door": {"image": "a:1", "read_only": True}}})
    with pytest.raises(checks.Failed, match="read_onlie"):
        checks.fits({"services": {"door": {"image": "a:1", "read_onlie": True}}})


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on this machine: the overlay is not rendered")
def test_staging_renders_whole() -> None:
    """The rendered overlay has every pod of the base in its own namespace, the ConfigMaps that they name, its tags and its host."""
    documents = rendered(STAGING) or []
    found = pods(documents)
    assert set(found) == set(pods())
    kinds = {each["kind"] for each in documents}
    assert {"Namespace", "NetworkPolicy", "Ingress", "PodDisruptionBudget", "ServiceAccount"} <= kinds
    assert {each["metadata"].get("namespace", each["metadata"]["name"]) for each in documents} == {"collaboration-staging"}
    maps = {each["metadata"]["name"]: each["data"] for each in documents if each["kind"] == "ConfigMap"}
    for pod in found.values():
        for source in pod.container["envFrom"]:
            assert source["configMapRef"]["name"] in maps
    common = next(data for name, data in maps.items() if name.startswith("common-"))
    (ingress,) = [each["spec"] for each in documents if each["kind"] == "Ingress"]
    hosts = {ingress["rules"][0]["host"], *ingress["tls"][0]["hosts"]}
    assert {f"https://{host}" for host in hosts} == {common["PUBLIC_URL"]}
    assert len([each for each in documents if each["kind"] == "Deployment"]) == len(PROCESSES) + 1
