from datetime import date

from shared.reference.themes import theme, theme_name, themes


def test_the_six_aspirations_are_the_launch_ones() -> None:
    """The six themes must have these numbers and names, from the launch on and with no end yet."""
    assert [(entry.number, entry.name) for entry in themes()] == [
        (1, "People taking the lead"),
        (2, "Ending stigma"),
        (3, "Children and young people"),
        (4, "Good work"),
        (5, "Help when it’s needed"),
        (6, "Zero suicide"),
    ]
    assert {entry.valid_from for entry in themes()} == {date(2017, 7, 4)}
    assert len({entry.slug for entry in themes()}) == 6


def test_themes_have_dates() -> None:
    """Asked for a day, only the themes that stood on it may answer: none before the launch."""
    assert themes(date(2017, 7, 3)) == ()
    assert themes(date(2017, 7, 4)) == themes() == themes(date(2026, 11, 24))


def test_a_theme_is_found_by_its_number() -> None:
    """A number must give its theme; one of another release has no theme, and is shown as it is."""
    assert [theme(entry.number) for entry in themes()] == list(themes())
    assert theme(7) is None
    assert theme_name(2) == "Ending stigma"
    assert theme_name(7) == "7"
