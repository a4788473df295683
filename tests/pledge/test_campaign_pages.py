"""The campaign team's pages: figures typed, corrected, struck out; the week's table as page, text and CSV; who may see them."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import segno

from services.pledge.operations import striking
from services.pledge.store.campaign import figures as rows
from shared.security.sessions import MODERATOR, OPERATOR
from tests.pages.reading import words
from tests.support.campaigners import Campaigner
from tests.support.campaigning import count_everything
from tests.support.pledge_site import Answer, PledgeSite, complaints, heading, hidden

REACH = {
    "channel": "social-media",
    "first": "2026-06-08",
    "last": "2026-06-10",
    "number": "12,000",
    "source": "platform",
    "confidence": "medium",
    "area": "",
    "note": "The three short films",
}
TALLY = {"kind": "paper", "number": "40", "last": "2026-06-10", "area": "hackney", "channel": "workshops", "action": "check-in", "note": ""}
PAGES = (
    "/staff/campaign",
    "/staff/campaign/week.csv",
    "/staff/campaign/figures",
    "/staff/campaign/figures.csv",
    "/staff/campaign/reach",
    "/staff/campaign/tally",
    "/staff/campaign/struck-out",
    "/staff/campaign/pause",
    "/staff/posters",
    "/staff/posters/new",
)


@pytest.fixture
def noor(site: PledgeSite) -> Campaigner:
    return Campaigner(site)


def test_who_may_see_them(site: PledgeSite, noor: Campaigner) -> None:
    """The campaign team; others with a role are refused, and who has not signed in is led to do so."""
    for path in PAGES:
        assert noor.get(path).status_code == 200, path
        assert Campaigner(site, roles=(MODERATOR, OPERATOR)).get(path).status_code == 403
        assert site.get(path).status_code == 303
    assert site.post("/staff/campaign/reach", REACH).status_code == 401
    assert not rows().count_documents({})


# Figures


def added(noor: Campaigner, path: str = "/staff/campaign/reach", **fields: str) -> str:
    """The path of the new figure's page."""
    given = REACH if path.endswith("reach") else TALLY
    answer = noor.send(path, **{**given, **fields})
    assert answer.status_code == 303, words(answer.text)
    return str(answer.location).partition("?")[0]


def test_reach_from_the_form_to_the_public_page(site: PledgeSite, noor: Campaigner) -> None:
    """Typed, shown with its source and confidence, counted; the public page calls it an estimate."""
    assert "Not collected yet" in words(site.get("/progress").text)
    page = noor.get(added(noor))
    assert heading(page) == "Estimated reach: 12,000"
    for text in ("The platform’s own statistics", "Medium", "The three short films", "2026-W24", noor.id[:8]):
        assert text in words(page.text)
    count_everything(site.work)
    site.clock.move(seconds=2)
    public = words(site.get("/progress").text)
    assert "Estimated reach 12,000" in public
    assert site.get("/api/v1/campaign").json["counters"]["reach"] == {"value": 12_000, "status": "counted"}
    assert "short films" not in public


def test_a_tally_feeds_its_counters(site: PledgeSite, noor: Campaigner) -> None:
    """Pledges on paper are pledges and interactions, of that borough and theme."""
    added(noor, "/staff/campaign/tally")
    count_everything(site.work)
    counters = site.get("/api/v1/campaign").json["counters"]
    assert (counters["pledge"]["value"], counters["interaction"]["value"]) == (40, 40)


def test_the_same_form_pressed_twice(noor: Campaigner) -> None:
    """Is one figure, and the same page; with other words it says so, and keeps what was typed."""
    fields = {**hidden(noor.get("/staff/campaign/reach")), **REACH}
    first, again = (noor.post("/staff/campaign/reach", fields) for _ in range(2))
    assert first.location == again.location
    other = noor.post("/staff/campaign/reach", {**fields, "number": "13000"})
    assert other.status_code == 422
    assert "sent once already" in complaints(other)[0]
    assert 'value="13000"' in other.text
    assert rows().count_documents({}) == 1
    sent = noor.post("/staff/campaign/reach", {**hidden(other), **REACH, "number": "13000"})
    assert sent.status_code == 303
    assert rows().count_documents({}) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number": "-5"}, ["Type 1 or more. To take a figure away, strike it out"]),
        ({"number": "9000000000"}, ["Type 20,000,000 or less. Are there too many zeros? Split what is really larger"]),
        ({"number": "many"}, ["Type a whole number, like 12,000"]),
        ({"number": "\u0661\u0662"}, ["Type a whole number, like 12,000"]),
        ({"last": "2026-06-11"}, ["Choose a day that has been: today or before"]),
        ({"first": "2026-06-10", "last": "2026-06-08"}, ["Choose a last day that is not before the first"]),
        ({"first": "31/02/2026"}, ["Choose the first day"]),
        ({"channel": "booths"}, ["Choose the channel"]),
        ({"channel": "'; drop"}, ["Choose the channel"]),
        ({"source": ""}, ["Choose where the figure is from"]),
        ({"confidence": "certain"}, ["Choose how sure we can be"]),
        ({"note": "x" * 501}, ["Use 500 characters or fewer"]),
        ({"key": "no key"}, ["Part of this page was lost on its way. Press the button once more"]),
    ],
)
def test_bad_reach(noor: Campaigner, fields: dict[str, str], said: list[str]) -> None:
    """Each mistake is named with what to change; what was typed is kept on the page, and nothing is stored."""
    answer = noor.send("/staff/campaign/reach", **{**REACH, **fields})
    assert answer.status_code == 422
    assert complaints(answer) == said
    assert "<title>Error:" in answer.text
    assert "The three short films" in answer.text or "note" in fields
    assert not rows().count_documents({})


def test_everything_at_once_is_wrong(noor: Campaigner) -> None:
    """An empty form names each field; fields that no page has, and bytes that are no text, are no fault of ours."""
    empty = noor.send("/staff/campaign/tally")
    assert empty.status_code == 422
    assert complaints(empty) == ["Choose what was counted"]
    empty = noor.send("/staff/campaign/tally", kind="people")
    assert complaints(empty) == [
        "Type a whole number, like 12,000",
        "Choose the day",
        "Choose the borough, or “Not said”",
        "Choose the channel",
    ]
    broken = noor.post("/staff/campaign/reach", {**hidden(noor.get("/staff/campaign/reach")), **REACH, "note": b"\xff\xfe"})
    assert broken.status_code == 422
    nul = noor.send("/staff/campaign/reach", **{**REACH, "note": "a\0b"})
    assert nul.status_code == 422


def test_struck_out_twice(noor: Campaigner) -> None:
    """Needs a reason; then it stands struck out, and a second time says when and why; a correction of it says the same."""
    path = added(noor)
    missing = noor.post(f"{path}/void", {})
    assert (missing.status_code, complaints(missing)) == (422, ["Choose why"])
    done = noor.post(f"{path}/void", {"reason": "counted-twice", "void_note": "See the press figure"})
    assert done.location == f"{path}?done=void"
    page = words(noor.get(path).text)
    assert "It is counted elsewhere too: See the press figure" in page
    again = noor.post(f"{path}/void", {"reason": "other"})
    assert again.status_code == 409
    assert "struck out on 10 June already: It is counted elsewhere too" in complaints(again)[0]
    late = noor.post(f"{path}/correct", {**REACH, "number": "7", "key": hidden(noor.get("/staff/campaign/reach"))["key"]})
    assert late.status_code == 409
    assert noor.get(f"{path}/correct").location == path
    assert rows().count_documents({}) == 1


def test_a_correction(site: PledgeSite, noor: Campaigner) -> None:
    """The form comes filled in; the new figure says whose place it took, the old one what took its place; once, however often sent."""
    path = added(noor)
    form = noor.get(f"{path}/correct")
    assert 'value="12000"' in form.text
    assert "The three short films" in form.text
    same = noor.send(f"{path}/correct", **REACH)
    assert same.status_code == 422
    fields = {**hidden(form), **REACH, "number": "1,200"}
    first, again = (noor.post(f"{path}/correct", fields) for _ in range(2))
    assert first.location == again.location
    new = str(first.location).partition("?")[0]
    assert "The figure whose place it took" in words(noor.get(new).text)
    assert "Corrected" in words(noor.get(path).text)
    count_everything(site.work)
    site.clock.move(seconds=2)
    assert site.get("/api/v1/campaign").json["counters"]["reach"]["value"] == 1_200


def test_a_member_for_hackney(site: PledgeSite) -> None:
    """Sees what London's numbers are; types tallies for Hackney, and no reach; the pages that are not theirs say so."""
    local = Campaigner(site, boroughs=("hackney",))
    assert local.send("/staff/campaign/tally", **TALLY).status_code == 303
    assert local.send("/staff/campaign/tally", **{**TALLY, "area": "brent"}).status_code == 403
    key = hidden(local.get("/staff/campaign/tally"))["key"]
    assert local.post("/staff/campaign/reach", {**REACH, "key": key}).status_code == 403
    assert local.post("/staff/campaign/pause", {"kind": "incident", "why": "x", "until": ""}).status_code == 403
    assert local.post("/staff/posters/new", {"code": "A-1", "place": "x", "area": "", "channel": "posters"}).status_code == 403
    assert "Brent" not in local.get("/staff/campaign/tally").text
    assert rows().count_documents({}) == 1


def test_figures_that_are_not_there(noor: Campaigner) -> None:
    """Say so."""
    for path in ("/staff/campaign/figures/0b6f5f0e-5a0b-4f0e-9d6a-2f3c1d0e9a11", "/staff/campaign/figures/x", "/staff/campaign/nothing"):
        assert noor.get(path).status_code == 404
    assert noor.get("/staff/campaign/figures?before=yesterday").status_code == 200


def test_typed_by_two_people(site: PledgeSite, noor: Campaigner) -> None:
    """Both are kept, for both were accepted; each names the other until one is struck out. A figure of another borough is another."""
    first, second = added(noor), added(Campaigner(site))
    added(noor, area="brent")
    assert "another figure that says the same" in words(noor.get(first).text)
    assert f'href="{second}"' in noor.get(first).text
    noor.post(f"{second}/void", {"reason": "counted-twice"})
    assert "another figure that says the same" not in words(noor.get(first).text)


def test_a_form_bent_by_hand(site: PledgeSite, noor: Campaigner) -> None:
    """Reach cannot be sent through the tally's form, nor another kind through reach's."""
    bent = noor.send("/staff/campaign/tally", **{**REACH, "kind": "reach"})
    assert (bent.status_code, complaints(bent)) == (422, ["Choose what was counted"])
    assert noor.send("/staff/campaign/reach", **{**REACH, "kind": "paper"}).status_code == 303
    assert [row["kind"] for row in rows().find()] == ["reach"]


def test_older_figures(site: PledgeSite, noor: Campaigner) -> None:
    """Fifty on a page, then the older ones; none is missing and none is there twice."""
    for number in range(1, 56):
        site.clock.move(seconds=1)
        added(noor, number=str(number))
    first = noor.get("/staff/campaign/figures")
    older = first.text.partition('href="/staff/campaign/figures?before=')[2].partition('"')[0]
    second = noor.get(f"/staff/campaign/figures?before={older}")
    shown = [path for page in (first, second) for path in page.text.split('href="/staff/campaign/figures/')[1:]]
    assert len({path[:36] for path in shown}) == len(shown) == 55


# The week's table


def test_the_week(site: PledgeSite, noor: Campaigner) -> None:
    """This week, last week, in all, with targets; what is not collected is no 0; the same as text and as CSV."""
    site.pledge()
    added(noor)
    added(noor, first="2026-06-01", last="2026-06-03", number="500")
    count_everything(site.work)
    page = words(noor.get("/staff/campaign").text)
    for line in ("Pledges 1 0 1 –", "Interactions 1 0 1 100,000", "Estimated reach 12,000 500 12,500 2,000,000"):
        assert line in page
    assert "Participants not collected yet not collected yet not collected yet –" in page
    assert "As at 3:37pm, Wednesday 10 June 2026" in page
    assert "Social media, Monday 8 June to Wednesday 10 June: 12,000. The platform’s own statistics · confidence: Medium" in page
    text = noor.get("/staff/campaign").text.partition("<textarea")[2].partition("</textarea>")[0]
    assert "Pledges: 1 this week, 0 last week, 1 in all\n" in text
    assert "Estimated reach: 12,000 this week, 500 last week, 12,500 in all (target 2,000,000)\n" in text
    assert "Participants: not collected yet\n" in text
    table = read_csv(noor.get("/staff/campaign/week.csv"))
    assert [(row["counter"], row["this_week"], row["last_week"], row["total"], row["target"], row["status"]) for row in table] == [
        ("pledge", "1", "0", "1", "", "counted"),
        ("confirmed", "0", "0", "0", "", "counted"),
        ("interaction", "1", "0", "1", "100000", "counted"),
        ("reach", "12000", "500", "12500", "2000000", "counted"),
        ("participant", "", "", "", "", "not-collected"),
        ("kept", "0", "0", "0", "", "counted"),
        ("partly", "0", "0", "0", "", "counted"),
    ]
    before = words(noor.get("/staff/campaign?week=2026-W23").text)
    assert "Estimated reach 500 0 12,500" in before


@pytest.mark.parametrize("week", ["2026-W25", "2026-W60", "x", "2026-W1", "0000-W01", "2026-W00", "99999-W01"])
def test_weeks_that_are_none(noor: Campaigner, week: str) -> None:
    """One to come, or none at all: said so, on the page and for the file."""
    assert noor.get(f"/staff/campaign?week={week}").status_code == 404
    assert noor.get(f"/staff/campaign/week.csv?week={week}").status_code == 404


def read_csv(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("note", ['=HYPERLINK("http://evil.example","x")', "+1+1", "-2", "@SUM(A1)", " =1+1", "\u00a0=1"])
def test_a_note_that_a_spreadsheet_would_run(noor: Campaigner, note: str) -> None:
    """It is text in the file, behind an apostrophe; numbers stay numbers."""
    path = added(noor, note=note)
    (row,) = read_csv(noor.get("/staff/campaign/figures.csv"))
    assert row["note"] == f"'{note.strip()}"
    assert (row["id"], row["number"]) == (path.rpartition("/")[2], "12000")


# Struck out


def look(noor: Campaigner, **fields: str) -> Answer:
    return noor.send("/staff/campaign/struck-out", **{"week": "2026-W24", "channel": "direct", "area": "not-said", "do": "look", **fields})


def test_striking_out_a_batch(site: PledgeSite, noor: Campaigner) -> None:
    """Looked at first, then decided with a reason; the clock does it; the public page says how many and why."""
    references = [site.pledge() for _ in range(3)]
    site.pledge(area="hackney")
    seen = look(noor)
    assert "3 pledges fit this." in words(seen.text)
    missing = noor.post(
        "/staff/campaign/struck-out", {**hidden(seen), "week": "2026-W24", "channel": "direct", "area": "not-said", "do": "strike"}
    )
    assert (missing.status_code, complaints(missing)) == (422, ["Choose why"])
    fields = {**hidden(missing), "week": "2026-W24", "channel": "direct", "area": "not-said", "do": "strike", "reason": "automated"}
    assert [noor.post("/staff/campaign/struck-out", fields).status_code for _ in range(2)] == [303, 303]
    assert "Being struck out" in words(noor.get("/staff/campaign/struck-out").text)
    while striking.carry_out(site.work, site.clock()):
        pass
    count_everything(site.work)
    site.clock.move(seconds=2)
    assert "3 pledges · Made by a program" in words(noor.get("/staff/campaign/struck-out").text)
    assert "3 pledges · Made by a program" in words(noor.get("/staff/campaign").text)
    assert "3 pledges · Made by a program" in words(site.get("/progress").text)
    counters = site.get("/api/v1/campaign").json["counters"]
    assert (counters["pledge"]["value"], counters["interaction"]["value"]) == (1, 1)
    assert site.get(f"/pledged/{references[0]}").status_code == 200
    again = look(noor)
    assert "No pledge that counts fits this." in words(again.text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"week": "", "channel": "", "area": ""}, ["Choose a week", "Choose a channel", "Choose a borough, or one of the two below them"]),
        ({"week": "2026-W99"}, ["Choose a week"]),
        ({"week": "{'$ne': 1}"}, ["Choose a week"]),
        ({"references": "CL-7K3M-9QXA"}, ["Give references, or a week, a channel and an area: not both"]),
        ({"week": "", "channel": "", "area": "", "references": "CL-7K3M-9QXB"}, ["These have a sign wrong: CL-7K3M-9QXB"]),
    ],
)
def test_a_batch_that_cannot_be(noor: Campaigner, fields: dict[str, str], said: list[str]) -> None:
    """Each mistake says what to change."""
    answer = look(noor, **fields)
    assert (answer.status_code, complaints(answer)) == (422, said)


# The pause


def test_pause_and_go_on(site: PledgeSite, noor: Campaigner) -> None:
    """Every page says so while it lasts, at once; numbers stand as at then; the history says who and why."""
    site.pledge()
    count_everything(site.work)
    needs = noor.post("/staff/campaign/pause", {"kind": "", "until": "", "why": ""})
    assert complaints(needs) == ["Say why, in a sentence. It stays in the history", "Choose why people are told that we keep quiet"]
    bad = noor.post("/staff/campaign/pause", {"kind": "election", "until": "2027-06-10", "why": "Polling day"})
    assert complaints(bad) == ["Choose a day from tomorrow to 100 days ahead, or leave it empty"]
    assert noor.post("/staff/campaign/pause", {"kind": "election", "until": "2026-07-03", "why": "Polling day"}).status_code == 303
    site.pledge()
    count_everything(site.work)
    site.clock.move(seconds=4)
    for path in ("/", "/pledge", "/progress", "/privacy"):
        page = words(site.get(path).text)
        assert "An election is near, so we are keeping quiet" in page
        assert "From Friday 3 July on it is as usual again." in page
    api = site.get("/api/v1/campaign").json
    assert api["counters"]["pledge"]["value"] == 1
    assert api["as_at"].startswith("2026-06-10T14:37:21")
    assert "Pledges 2" in words(noor.get("/staff/campaign").text)
    assert "Polling day" in words(noor.get("/staff/campaign/pause").text)
    assert "Polling day" not in site.get("/").text
    assert noor.post("/staff/campaign/resume", {"why_now": ""}).status_code == 422
    assert noor.post("/staff/campaign/resume", {"why_now": "It is over"}).status_code == 303
    site.clock.move(seconds=4)
    assert "election" not in site.get("/").text
    assert site.get("/api/v1/campaign").json["counters"]["pledge"]["value"] == 2
    history = words(noor.get("/staff/campaign/pause").text)
    assert history.index("went on") < history.index("paused · The weeks before an election")
    assert noor.id[:8] in history
    assert "Noor" not in history


# Posters


def test_a_poster(site: PledgeSite, noor: Campaigner) -> None:
    """Made once, drawn with its address beside it, counted by code; its pledges are of its channel; retired, it still lets people in."""
    fields = {"code": "dalston-2", "place": "Dalston, library", "area": "hackney", "channel": "booths"}
    made = [noor.post("/staff/posters/new", fields) for _ in range(2)]
    assert [one.location for one in made] == ["/staff/posters/DALSTON-2"] * 2
    page = noor.get("/staff/posters/DALSTON-2")
    assert "localhost:8000/p/DALSTON-2" in words(page.text)
    assert page.text.count("<svg") == 2  # the mark and the code
    assert noor.get("/staff/posters/DALSTON-2.svg").mimetype == "image/svg+xml"
    assert "Point your phone at it, or type" in words(noor.get("/staff/posters/dalston-2/sheet").text)
    assert "channel=booths&amp;poster=DALSTON-2" in site.get("/p/dalston-2").text
    site.pledge(channel="booths", poster="DALSTON-2")
    count_everything(site.work)
    assert "DALSTON-2 Dalston, library, Hackney Problem Solving Booths 1" in words(noor.get("/staff/posters").text)
    for step, said in (("retire", "Retired"), ("retire", "Retired"), ("hang-again", "Retire it")):
        assert noor.post(f"/staff/posters/DALSTON-2/{step}").status_code == 303
        assert said in words(noor.get("/staff/posters/DALSTON-2").text)
    noor.post("/staff/posters/DALSTON-2/retire")
    assert "poster=DALSTON-2" in site.get("/p/DALSTON-2").text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"code": "old street"}, 422, ["Use 1 to 32 letters, digits and hyphens, for example OLD-ST-3"]),
        ({"code": "UNKNOWN"}, 422, ["Use 1 to 32 letters, digits and hyphens, for example OLD-ST-3"]),
        ({"code": "<b>"}, 422, ["Use 1 to 32 letters, digits and hyphens, for example OLD-ST-3"]),
        ({"place": ""}, 422, ["Say where it hangs, so that others find it"]),
        ({"place": "x" * 101}, 422, ["Use 100 characters or fewer"]),
        (
            {"area": "atlantis", "channel": "pigeons"},
            422,
            ["Choose a borough from the list, or leave it open", "Choose a channel from the list"],
        ),
        ({"place": "elsewhere", "code": "THERE-1"}, 409, ["There is a poster with this code already. Choose another"]),
    ],
)
def test_posters_that_cannot_be(noor: Campaigner, fields: dict[str, str], status: int, said: list[str]) -> None:
    """Each mistake says what to change, and makes nothing."""
    there = {"code": "THERE-1", "place": "Bow", "area": "", "channel": "posters"}
    noor.post("/staff/posters/new", there)
    answer = noor.post("/staff/posters/new", {**there, "code": "NEW-1", **fields})
    assert (answer.status_code, complaints(answer)) == (status, said)
    assert noor.get("/staff/posters/NEW-1").status_code == 404


def test_posters_that_are_not_there(noor: Campaigner) -> None:
    """Say so, whatever is asked of them."""
    for path in ("NOPE", "NOPE/sheet", "NOPE.svg", "a b", "x" * 200):
        assert noor.get(f"/staff/posters/{path}").status_code == 404
    assert noor.post("/staff/posters/NOPE/retire").status_code == 404


def test_the_code_says_the_address(noor: Campaigner) -> None:
    """What is drawn is the address that is written beside it: drawn again from that, it is the same."""
    noor.post("/staff/posters/new", {"code": "BOW-1", "place": "Bow", "area": "", "channel": "posters"})
    file = io.BytesIO()
    segno.make("http://localhost:8000/p/BOW-1", error="q", micro=False).save(file, kind="svg", scale=10, border=4, light="#fff")
    assert noor.get("/staff/posters/BOW-1.svg").data == file.getvalue()


def test_when_the_day_of_a_pause_comes(site: PledgeSite, noor: Campaigner) -> None:
    """Pages stop saying so with that day, before the clock has ended it."""
    noor.post("/staff/campaign/pause", {"kind": "incident", "until": "2026-06-12", "why": "Asked to"})
    site.clock.move(seconds=4)
    assert "Something serious has happened" in words(site.get("/").text)
    site.clock.set(site.clock.now + timedelta(days=2))
    assert "Something serious has happened" not in words(site.get("/").text)
