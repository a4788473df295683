"""Reads a page's HTML: its tags with their attributes, in order."""

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True)
class Tag:
    name: str
    attributes: dict[str, str]

    def __getitem__(self, attribute: str) -> str:
        return self.attributes[attribute]

    def get(self, attribute: str) -> str | None:
        return self.attributes.get(attribute)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def tags(html: str, name: str | None = None) -> list[Tag]:
    """All tags, or those of one name."""
    reader = _Reader()
    reader.feed(html)
    return [tag for tag in reader.tags if name in (None, tag.name)]


def words(html: str) -> str:
    """What a person reads, with single spaces."""
    reader = _Reader()
    reader.feed(html)
    return " ".join("".join(reader.words).split())


def by_id(html: str, wanted: str) -> Tag:
    """The one tag of this id."""
    found = [tag for tag in tags(html) if tag.get("id") == wanted]
    assert len(found) == 1, f"{len(found)} elements have the id {wanted}"
    return found[0]
