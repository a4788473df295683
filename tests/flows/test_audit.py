"""`make audit` on the whole stack, as a person types it: what was accepted is all there, and what is not is named."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from shared.laptop.places import REPOSITORY
from tests.support.stack import Stack, links, new_address
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


def make_audit(stack: Stack, acks: Path, settle: int = 30) -> "subprocess.CompletedProcess[str]":
    """`make` itself ends with 2 whenever the command below it does not end with 0."""
    env = {**os.environ, "PORT": str(stack.laptop.port), "DATA_DIR": str(stack.laptop.data)}
    command = ["make", "--no-print-directory", "audit", f"ACKS={acks}", f"SETTLE={settle}"]
    return subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=200, check=False)


def acknowledge(file: Path, *answers: dict[str, str]) -> Path:
    file.write_text("".join(json.dumps(answer) + "\n" for answer in answers), encoding="utf-8")
    return file


@pytest.mark.proof
def test_everything_is_there_and_a_difference_is_named(stack: Stack, tmp_path: Path) -> None:
    """Nudged, answered, taken back: nothing is lost or doubled. An answer that was forged and a total that was altered are."""
    address, other = new_address(), new_address()
    made, taken_back = stack.pledge_with_nudge(address), stack.pledge_with_nudge(other)
    stack.post(links(stack.mail_to(address))["confirm"])
    until(lambda: stack.status_of(made["id"])["status"] == "confirmed", "pledge hears of it")
    stack.say("command", "notify", "send-due-nudges")
    stack.post(links(stack.mail_to(address, 2))["did-it"], data={"answer": "yes"})
    stack.post(links(stack.mail_to(other))["withdraw"])
    acks = acknowledge(tmp_path / "acks.jsonl", made, taken_back)

    said = make_audit(stack, acks)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.splitlines()[-1] == "0 lost, 0 doubled"
    assert said.stdout.splitlines()[-2].startswith("2 acknowledged, ")
    figures = stack.database("pledge").pledges.count_documents({})
    assert f"{figures} accepted, {figures} counted, 0 waiting" in said.stdout

    forged = {"id": "5f5bdcf5-0000-4000-8000-000000000000", "reference": "CL-2222-2222"}
    totals = stack.database("pledge").totals
    totals.update_one({"_id": "all:"}, {"$inc": {"counters.kept": 1}})
    try:
        said = make_audit(stack, acknowledge(acks, made, taken_back, forged))
    finally:
        totals.update_one({"_id": "all:"}, {"$inc": {"counters.kept": -1}})
    assert said.returncode == 2, said.stdout + said.stderr
    assert f"acknowledged-not-stored: somebody was told that pledge {forged['id']} CL-2222-2222 is made" in said.stdout
    assert "doubled  total-differs: the total of kept for London" in said.stdout
    assert said.stdout.splitlines()[-1] == "1 lost, 1 doubled"


def test_what_it_cannot_do_is_one_clear_line(stack: Stack, tmp_path: Path) -> None:
    """A broken file of acknowledgements is 2, a stack that does not run is 1; neither prints a trace."""
    broken = tmp_path / "acks.jsonl"
    broken.write_text("{\n", encoding="utf-8")
    said = stack.say("audit", "--acks", str(broken))
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == f"{broken}, line 1: that is no JSON object\n"
    said = stack.say("audit", DATA_DIR=str(tmp_path / "nowhere"))
    assert (said.returncode, said.stderr) == (1, "Nothing is running here. Start the stack with make up, then audit it.\n")
    assert stack.say("audit", "--settle", "soon").returncode == 2
