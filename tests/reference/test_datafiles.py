import json
import re
from datetime import date
from importlib import resources

import pytest

FILES = sorted(entry.name for entry in resources.files("shared.reference").joinpath("data").iterdir())


@pytest.mark.parametrize("name", FILES)
def test_each_file_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    """Each data file must carry what it is about, its provenance and its date."""
    content = json.loads(resources.files("shared.reference").joinpath("data", name).read_text("utf-8"))
    assert content["about"]
    assert content["provenance"]
    assert date.fromisoformat(content["dated"])


@pytest.mark.parametrize("name", FILES)
def test_no_file_holds_an_address_of_a_person(name: str) -> None:
    """A data file is public: it must hold no e-mail address and no placeholder left behind."""
    text = resources.files("shared.reference").joinpath("data", name).read_text("utf-8")
    assert not re.search(r"\w@\w|lorem|tbc|xxx", text, re.IGNORECASE)
