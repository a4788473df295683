"""Who says what to whom, as text: `python -m tests.support.message_graph` prints it, and a test compares it with the last release's."""

from shared.messaging.catalogue import CATALOGUE, TOPICS, types_of


def graph() -> str:
    """A block a topic: its key, its lifetime, and a line a type: emitters → hearers."""
    return "\n".join(_block(name) for name in TOPICS)


def _block(topic: str) -> str:
    found = TOPICS[topic]
    lifetime = f"{found.lifetime.days} days"
    head = f"{topic}  (made by {found.owner}; key: {found.key}; {lifetime}{', to the hour' if found.hourly else ''})"
    return "\n".join([head, *(_line(type_) for type_ in types_of(topic))]) + "\n"


def _line(type_: str) -> str:
    entry = CATALOGUE[type_]
    kept = f"kept {entry.archived.days} days" if entry.archived else "never kept"
    return f"  {type_:<24} {', '.join(entry.emitters)} → {', '.join(entry.hearers) or 'nobody'}  ({kept})"


if __name__ == "__main__":
    print(graph(), end="")  # noqa: T201 -- a command speaks to whoever runs it
