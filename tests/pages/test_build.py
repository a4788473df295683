import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.reference.crisis import crisis_lines, vcards
from shared.runtime.errors import SettingsError
from shared.web import build as building
from shared.web import problems
from shared.web.assets import Assets
from shared.web.build import DOOR_PROBLEMS, BuildSettings, build
from tests.pages import reading
from tests.pages.demo_site import demo_app

FIRST_VISIT = 60 * 1024


def _pages(built: Path) -> Iterator[tuple[str, str]]:
    found = sorted((built / "door").glob("*.html"))
    assert len(found) == len(DOOR_PROBLEMS) + 2
    yield from ((path.name, path.read_text(encoding="utf-8")) for path in found)


def test_each_hash_is_its_content(built: Path) -> None:
    """A hashed name tells the truth about its file, so that it may be cached for ever."""
    manifest = json.loads((built / "door/manifest.json").read_text())
    assert set(manifest["files"]) == {"site.css", "start.js", "govuk-frontend.min.js", "mark.svg", "favicon.svg"}
    for hashed in manifest["files"].values():
        content = (built / "door/static" / hashed).read_bytes()
        assert hashlib.sha256(content).hexdigest()[:10] in hashed


def test_style_and_scripts_fetch_nothing(built: Path) -> None:
    """No font, no crest, no source map, nothing from elsewhere: each would be a 404 or a stranger told of the visit."""
    assets = Assets.load(built)
    style = assets.text("site.css")
    assert "@font-face" not in style
    assert not re.search(r"url\((?!data:)|@import", style)
    assert ".govuk-button" in style
    assert ".mast" in style
    assert style.count("{") == style.count("}")
    for name in ("govuk-frontend.min.js", "start.js"):
        assert "sourceMappingURL" not in assets.text(name)
    assert f"./{assets.files['govuk-frontend.min.js']}" in assets.text("start.js")


def test_every_page_carries_help(built: Path) -> None:
    """Every page of the front door shows every line of help, with its link, exactly once."""
    for name, html in _pages(built):
        links = [tag["href"] for tag in reading.tags(html, "a")]
        for line in crisis_lines():
            assert links.count(line.href) == 1, (name, line.id)
            assert line.plain in reading.words(html), (name, line.id)


def test_every_page_is_whole(built: Path) -> None:
    """Every page of the front door has a language, a direction, a title, one h1, one main, and ids that are its own."""
    for name, html in _pages(built):
        (root,) = reading.tags(html, "html")
        assert (root["lang"], root["dir"]) == ("en-GB", "ltr"), name
        assert len(reading.tags(html, "h1")) == len(reading.tags(html, "main")) == len(reading.tags(html, "title")) == 1, name
        ids = [tag["id"] for tag in reading.tags(html) if tag.get("id")]
        assert len(ids) == len(set(ids)), name
        for tag in reading.tags(html):
            for address in (tag.get("href"), tag.get("src")):
                assert address is None or address.startswith(("/", "#", "tel:", "sms:")), (name, address)
                assert not (address or "").startswith("//"), name


def test_pages_refer_to_files_that_are_there(built: Path) -> None:
    """Whatever a page of the front door loads is in the build."""
    for name, html in _pages(built):
        loaded = [tag.get("src") or tag.get("href") or "" for tag in reading.tags(html) if tag.name in ("link", "script")]
        assert len(loaded) == 3, name
        for address in loaded:
            assert (built / "door" / address.lstrip("/")).is_file(), (name, address)


def test_numbers_can_be_kept(built: Path) -> None:
    """/crisis leads to the numbers as contacts, and they are the lines' own."""
    assert "/crisis.vcf" in [tag["href"] for tag in reading.tags((built / "door/crisis.html").read_text(), "a")]
    assert (built / "door/crisis.vcf").read_bytes().decode() == vcards()


def test_outages_speak_plainly(built: Path) -> None:
    """An outage page says that nothing is lost and when to come back, and gives no code for people to puzzle over."""
    for status in (502, 503, 504):
        said = reading.words((built / f"door/{status}.html").read_text())
        assert "We can’t take pledges this minute" in said
        assert "Nothing you sent is lost. Try again in a few minutes" in said
        assert str(status) not in said


def test_programs_are_told_what_to_do_as_well(built: Path) -> None:
    """Each error of the door's own is a problem with the members and the anchor that a service's would have."""
    anchors = {f"/api#problem-{kind.slug}" for kind in problems.documented()}
    for status in DOOR_PROBLEMS:
        said = json.loads((built / f"door/{status}.json").read_bytes())
        assert set(said) == {"type", "title", "status", "detail"}
        assert said["status"] == status
        assert said["type"] in anchors
        assert said["detail"]
        assert "page" not in said["detail"]


def test_twice_is_once(built: Path) -> None:
    """Building again changes no file and says the same."""
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    first = build(BuildSettings(build_dir=str(built)))
    assert build(BuildSettings(build_dir=str(built))) == first
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()} == before


def test_the_former_release_is_kept_and_the_one_before_goes(tmp_path: Path) -> None:
    """A page that a browser opened before the release still finds its style; two releases later it is gone."""
    brand = tmp_path / "brand"
    brand.mkdir()
    settings = BuildSettings(build_dir=str(tmp_path / "build"), brand_dir=str(brand))
    styles = []
    for colour in ("#123456", "#234567", "#345678"):
        (brand / "brand.css").write_text(f":root {{ --brand: {colour}; }}")
        build(settings)
        build(settings)
        styles.append(Assets.load(settings.build_dir).files["site.css"])
    static = tmp_path / "build/door/static"
    assert [(static / name).exists() for name in styles] == [False, True, True]


def test_the_host_has_its_own_look(tmp_path: Path) -> None:
    """A host's name, mark and colours replace ours everywhere, its colours last so that they win."""
    (tmp_path / "mark.svg").write_text("<svg><title>ours</title></svg>")
    (tmp_path / "brand.css").write_text(":root { --brand: #005eb8; }")
    settings = BuildSettings(build_dir=str(tmp_path / "b"), brand_dir=str(tmp_path), brand_name="Well & Good")
    build(settings)
    assert Assets.load(settings.build_dir).text("site.css").rstrip().endswith(":root { --brand: #005eb8; }")
    html = (tmp_path / "b/door/crisis.html").read_text()
    assert "<svg><title>ours</title></svg>" in html
    assert "Well &amp; Good" in html
    assert "Collaboration with Londoners" not in html


def test_an_app_without_a_build_says_what_to_do(tmp_path: Path) -> None:
    """A process that starts before the build names the command that is missing; so it does for a broken manifest."""
    with pytest.raises(SettingsError, match=r"python -m shared\.web\.build"):
        Assets.load(tmp_path)
    (tmp_path / "door").mkdir()
    (tmp_path / "door/manifest.json").write_text("[]")
    with pytest.raises(SettingsError, match="not a manifest"):
        Assets.load(tmp_path)


def test_a_build_without_npm_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the packages of npm are not installed the build ends with 78 and names the command."""
    monkeypatch.setattr(building, "GOVUK", tmp_path / "nothing")
    monkeypatch.setitem(os.environ, "BUILD_DIR", str(tmp_path / "b"))
    with pytest.raises(SystemExit) as ended:
        building.main()
    assert ended.value.code == 78
    assert "npm ci" in capsys.readouterr().err


def test_a_first_visit_is_light(built: Path) -> None:
    """The first page with its style, scripts and drawings stays under 60 KB as gzip sends it."""
    html = demo_app(BuildSettings(build_dir=str(built))).test_client().get("/").data
    static = [path.read_bytes() for path in (built / "door/static").iterdir()]
    assert len(static) == 5
    assert sum(len(gzip.compress(part, 6)) for part in (html, *static)) < FIRST_VISIT


def test_the_api_page_lists_every_call(built: Path) -> None:
    """/api shows each call with its parameters, fields and answers, and an anchor for every kind of problem."""
    html = (built / "door/api.html").read_text()
    said = reading.words(html)
    for expected in ("POST /api/v1/pledges", "GET /api/v1/pledges/{pledge_id}", "Make a pledge", "Idempotency-Key", "consents.reminders"):
        assert expected in said
    for expected in ("history[].reminders", "one of 2-days, saturday", "e-mail or null", "true or false, needed", "<taps>"):
        assert expected in said
    ids = {tag.get("id") for tag in reading.tags(html)}
    assert {f"problem-{kind.slug}" for kind in problems.documented()} <= ids
    for link in reading.tags(html, "a"):
        assert not link["href"].startswith("#") or link["href"][1:] in ids, link["href"]
    assert (built / "door/openapi.json").read_bytes() == (built / "openapi.json").read_bytes()
