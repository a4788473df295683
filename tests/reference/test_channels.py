import pytest

from shared.reference.channels import DIRECT, POSTERS, channel_name, channel_of, channels


def test_the_channels_are_the_campaigns() -> None:
    """The ten channels must be these, each with a name for people."""
    assert [entry.slug for entry in channels()] == (
        "social-media digital talk-london posters booths workshops press partners champions direct".split()
    )
    assert len({entry.name for entry in channels()}) == 10


def test_a_known_channel_is_itself_in_any_case() -> None:
    """A link's channel must be understood however it is capitalised."""
    for entry in channels():
        assert channel_of(entry.slug) == channel_of(f" {entry.slug.upper()} ") == entry.slug
    assert channel_name(POSTERS) == "Posters"


@pytest.mark.parametrize("text", [None, "", "carrier-pigeon", "posters\0", "x" * 5000, "\ud800", "{'$ne': 1}"])
def test_an_unknown_channel_is_direct(text: str | None) -> None:
    """Anything else must count as direct: a mistyped link costs nobody a pledge."""
    assert channel_of(text) == DIRECT


def test_a_channel_of_another_release_is_shown_as_it_is() -> None:
    """A page of numbers must not fall over a channel that it does not know."""
    assert channel_name("carrier-pigeon") == "carrier-pigeon"
