"""What pledge's app does when a limit is met, or its store is away."""

import gzip
from pathlib import Path

import pytest

from services.pledge.store import COUNTED
from tests.pages.reading import words
from tests.support.commands_seen import commands_seen
from tests.support.engines import Store
from tests.support.pledge_site import ADDRESS, how_many, pledge_site
from tests.support.waiting import until

WALK = "/pledge/walk-together"


def test_guessing_references_is_limited(store: Store, database: str, build_dir: Path) -> None:
    """After as many misses as the setting allows, a network gets no answer for a minute, not even to a lucky guess; hits cost nothing."""
    with pledge_site(store, database, build_dir, GUESSES_PER_MINUTE=3) as site:
        reference = site.pledge()
        assert {site.get(f"/pledged/{reference}").status_code for _ in range(6)} == {200}
        assert [site.get("/pledged/CL-2222-2222").status_code for _ in range(4)] == [404, 404, 404, 429]
        lucky = site.get(f"/did-it/{reference}")
        assert lucky.status_code == 429
        assert int(lucky.headers["Retry-After"]) > 0


def test_a_flood_of_forms_is_slowed_and_nothing_accepted_is_lost(store: Store, database: str, build_dir: Path) -> None:
    """Past the allowance a network is asked to wait, kindly and with crisis help; what was taken before is stored."""
    with pledge_site(store, database, build_dir, POSTS_PER_MINUTE=10) as site:
        key = [site.key(WALK) for _ in range(30)]
        answers = [site.post(WALK, {"key": one}) for one in key]
        taken = [one for one in answers if one.status_code == 303]
        refused = [one for one in answers if one.status_code == 429]
        assert (len(taken), len(refused)) == (10, 20)
        assert how_many() == 10
        assert int(refused[0].headers["Retry-After"]) > 0
        assert "Samaritans" in refused[0].text
        machine = site.send({"action": "walk-together"})
        assert (machine.status_code, machine.content_type) == (429, "application/problem+json")


def test_a_hundred_times_is_cheap_and_kindly_limited(store: Store, database: str, build_dir: Path) -> None:
    """Files come from memory: once a second the store is asked for the edition and the pause alone. Then one network is asked to wait."""
    with pledge_site(store, database, build_dir, DOWNLOADS_PER_MINUTE=60) as site:
        site.counted(hackney=12, camden=12, brent=12, lambeth=12, sutton=12)
        with commands_seen() as seen:
            answers = [site.get("/data/areas.csv") for _ in range(100)]
        assert [answer.status_code for answer in answers] == [200] * 60 + [429] * 40
        assert len(seen.commands) <= 5
        assert not {name for name, _ in seen.queries} & {"pledges", COUNTED}
        assert "keep your copy, or come back in a minute" in words(answers[-1].text)
        assert answers[-1].headers["Retry-After"] == "60"
        assert site.get("/data/areas.json").status_code == 200, "another file is another matter"


def test_with_the_store_away_people_are_told_and_nothing_is_lost(own_store: Store, build_dir: Path) -> None:
    """What needs the store is 503 with Retry-After and crisis help; the form still opens; sent again later, it is one pledge."""
    with pledge_site(own_store, "pledge", build_dir, MONGO_SELECTION_MS=200) as site:
        reference, fields = site.pledge(), {"key": site.key(WALK), "area": "hackney"}
        own_store.kill()
        for page in (
            site.get("/"),
            site.get("/progress"),
            site.get("/p/OLD-ST-3"),
            site.get(f"/pledged/{reference}"),
            site.post(f"/did-it/{reference}", {"answer": "yes"}),
            site.post(WALK, fields),
        ):
            assert page.status_code == 503
            assert int(page.headers["Retry-After"]) > 0
            assert "Sending the same thing again is safe" in words(page.text)
            assert "Samaritans" in page.text
        for path in (WALK, "/pledge", "/did-it", "/privacy"):
            assert site.get(path).status_code == 200
        for call in (site.get("/api/v1/campaign"), site.send({"action": "walk-together"})):
            assert (call.status_code, call.content_type) == (503, "application/problem+json")
        own_store.start()
        until(lambda: site.post(WALK, fields).status_code == 303, "the store is found again")
        assert site.post(WALK, fields).status_code == 303
        assert how_many() == 2


def test_the_hosts_details_come_from_its_settings(store: Store, database: str, build_dir: Path) -> None:
    """Who runs it, where, and whom to write to: on the privacy notice and the contact page."""
    host = {"HOST_NAME": "The Invented Partnership", "HOST_ADDRESS": "1 Nowhere Road, London", "CONTACT_ADDRESS": "hello@example.org"}
    with pledge_site(store, database, build_dir, **host, DATA_OFFICER_ADDRESS="data@example.org") as site:
        privacy, contact = site.get("/privacy").text, site.get("/contact").text
    assert "This service is run by The Invented Partnership. 1 Nowhere Road, London" in words(privacy)
    assert 'href="mailto:data@example.org"' in privacy
    assert 'href="mailto:hello@example.org"' in contact
    assert "1 Nowhere Road" in contact


def test_a_first_visit_is_light(store: Store, database: str, build_dir: Path) -> None:
    """The first page with its style, script and mark is under 60 KB, compressed as the front door does."""
    with pledge_site(store, database, build_dir) as site:
        page = site.get("/").data
    files = [path.read_bytes() for path in (build_dir / "door/static").iterdir()]
    assert sum(len(gzip.compress(content)) for content in (page, *files)) < 60_000


def test_no_log_line_holds_what_people_gave(store: Store, database: str, build_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Address, postcode, reference and token stand in no line; routes are written as patterns."""
    with pledge_site(store, database, build_dir) as site:
        reference = site.nudged()
        site.pledge(postcode="E8 1DY")
        site.post("/pledge/walk-together", {"postcode": "ZZ9 9ZZ"})
        site.post(f"/did-it/{reference}", {"answer": "partly"})
        site.get("/withdraw/quillfeatherquillfeathe")
        site.get("/pledged/CL-2222-2222")
    lines = capsys.readouterr().out
    assert "/did-it/<reference>" in lines
    for secret in (ADDRESS, "E8 1DY", "ZZ9", reference, "quillfeather", "CL-2222-2222"):
        assert secret not in lines
