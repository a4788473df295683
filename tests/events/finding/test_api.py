"""GET /api/v1/events and /initiatives: what the pages show, for machines, a page at a time."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from services.events.store import Group
from shared.web.openapi import document
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, an_event, an_initiative, published

OPERATIONS = {"GET /api/v1/events", "GET /api/v1/events/{event_id}", "GET /api/v1/initiatives", "GET /api/v1/initiatives/{initiative_id}"}
CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.fixture
def group(site: EventsSite) -> Group:
    return a_group(site.work)


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json["items"]]


def test_one_event(site: EventsSite, group: Group) -> None:
    """Every fact of the page, with times in UTC."""
    post = published(site.work, group, an_event(joining="book", capacity=12, bringing=1))
    found = site.get(f"/api/v1/events/{post.id}").json
    assert found["starts"] == "2026-06-18T17:00:00+00:00"
    assert found["slots"] == [{"id": post.slots[0]["id"], "starts": found["starts"], "ends": found["ends"], "capacity": 12}]
    assert found["group"] == {
        "name": "Lea Side Walkers",
        "slug": group.slug,
        "url": f"http://localhost:8000/group/{group.slug}",
    }
    assert found["url"] == f"http://localhost:8000/event/{post.slug}"
    assert (found["status"], found["edition"], found["place"]) == ("shown", 1, "By the yellow bench, Wick Lane")
    assert site.get("/api/v1/events").json["items"] == [found]


def test_page_by_page(site: EventsSite, group: Group) -> None:
    """Each once and in order, over weeks, at one moment and at others; the last page says that it is the last."""
    dates = ["2026-06-12"] * 3 + ["2026-06-19", "2026-07-30", "2026-08-30"]
    for number, date in enumerate(dates):
        published(site.work, group, an_event(title=f"{number}", date=date))
    published(site.work, group, an_event(title="Too far off", date="2026-10-01"))
    for limit in (1, 2, 6, 100):
        seen: list[str] = []
        after = None
        while True:
            answer = site.get("/api/v1/events", query_string={"limit": limit, **({"cursor": after} if after else {})})
            seen += titles(answer)
            after = answer.json["next"]
            if after is None:
                break
            assert len(answer.json["items"]) == limit
        assert sorted(seen[:3]) == ["0", "1", "2"]
        assert seen[3:] == ["3", "4", "5"]


def test_initiatives_page_by_page(site: EventsSite, group: Group) -> None:
    """By title, each once; those for all of London answer every borough."""
    for title in ("Shed", "benches", "Choir"):
        published(site.work, group, an_initiative(title=title, areas=["haringey"] if title == "Shed" else []))
    first = site.get("/api/v1/initiatives?limit=2")
    assert titles(first) == ["benches", "Choir"]
    last = site.get("/api/v1/initiatives", query_string={"limit": 2, "cursor": first.json["next"]})
    assert (titles(last), last.json["next"]) == (["Shed"], None)
    assert titles(site.get("/api/v1/initiatives?borough=camden")) == ["benches", "Choir"]
    assert titles(site.get("/api/v1/initiatives?near=haringey&q=shed")) == ["Shed"]


def test_filters(site: EventsSite, group: Group) -> None:
    """The same as the page's, and near: a borough or a postcode, there and next door."""
    published(site.work, group, an_event(title="Hackney", area="hackney", date="2026-06-12"))
    published(site.work, group, an_event(title="Islington", area="islington", date="2026-06-13", theme=2, access=["bsl", "quiet"]))
    published(site.work, group, an_event(title="Sutton", area="sutton", date="2026-06-14", cost="paid", alone=False))
    published(site.work, group, an_event(title="Online", area="online", date="2026-06-15"))
    expected = {
        "borough=hackney": ["Hackney"],
        "borough=E09000012": ["Hackney"],
        "borough=online": ["Online"],
        "near=hackney": ["Hackney", "Islington"],
        "near=E8 1DY": ["Hackney", "Islington"],
        "near=online": ["Online"],
        "theme=2": ["Islington"],
        "access=bsl,quiet": ["Islington"],
        "access=bsl,captions": [],
        "free=true": ["Hackney", "Islington", "Online"],
        "alone=true&from=2026-06-14": ["Online"],
        "to=2026-06-12": ["Hackney"],
        "from=2026-06-13&to=2026-06-14": ["Islington", "Sutton"],
        "q=sutton": ["Sutton"],
    }
    assert {query: titles(site.get(f"/api/v1/events?{query}")) for query in expected} == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("borough=atlantis", "borough"),
        ("borough=work-study", "borough"),
        ("near=SW1", "near"),
        ("near=EH1 1AA", "near"),
        ("near=hackney&borough=camden", "near"),
        ("theme=77", "theme"),
        ("access=cake", "access"),
        ("from=yesterday", "from"),
        ("from=9999-12-31", "from"),
        ("to=2026-06-01", "to"),
        ("to=9999-12-31", "to"),
        ("to=2026-12-31", "to"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgIngiXQ", "cursor"),
        ("cursor=W10", "cursor"),
        ("q=" + "x" * 101, "q"),
        ("colour=red", "colour"),
    ],
)
def test_bad_questions(site: EventsSite, query: str, field: str) -> None:
    """422, naming what to change."""
    answer = site.get(f"/api/v1/events?{query}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_described(open_site: EventsSite, mode: GenerationMode) -> None:
    """Good input and bad, to each call: the status, type and body are those of the document, and none is a fault of ours."""
    load_all_checks()
    work = open_site.work
    group = a_group(work)
    published(work, group, an_event(joining="book", capacity=5, access=[], near="", first_time=""))
    published(work, group, an_initiative(phone="", days="", areas=[]))
    checks: Any = CHECKS.get_by_names(CHECKED)
    seen = set()
    for found in schemathesis.openapi.from_dict(document(open_site.app)).get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # a document that cannot be read raises here
        if operation.label not in OPERATIONS:
            continue
        seen.add(operation.label)

        @settings(max_examples=25, suppress_health_check=list(HealthCheck), database=None)
        @given(operation.as_strategy(mode))
        def ask(case: Case[Any]) -> None:
            case.call_and_validate(base_url=open_site.origin, checks=checks)

        ask()
    assert seen == OPERATIONS
    for path in ("events", "initiatives"):
        assert len(open_site.get(f"/api/v1/{path}").json["items"]) >= 1
