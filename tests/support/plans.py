"""How the store would look for something: by an index, or through the whole collection."""

from collections.abc import Iterator
from typing import Any

from pymongo.database import Database


def scans(db: Database[dict[str, Any]], queries: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Those of `queries` that read a whole collection, each once.

    A filter that names its `_id` is quick, and so is one of whose conditions any has an index: asked about several at once,
    the laptop's store says COLLSCAN though it is quick.
    """
    shapes = {f"{name}: {_shape(found)}": (name, found) for name, found in queries if "_id" not in found}
    return sorted(shape for shape, (name, found) in shapes.items() if not _has_index(db, name, found))


def _has_index(db: Database[dict[str, Any]], collection: str, query: dict[str, Any]) -> bool:
    return any("IXSCAN" in _stages(db, collection, {name: condition}) for name, condition in query.items())


def _stages(db: Database[dict[str, Any]], collection: str, query: dict[str, Any]) -> set[str]:
    return set(_all_stages(db[collection].find(query).explain()["queryPlanner"]["winningPlan"]))


def _all_stages(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["stage"]
    for inner in [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", []):
        yield from _all_stages(inner)


def _shape(query: Any) -> str:
    """The filter without its values."""
    if isinstance(query, dict):
        return "{" + ", ".join(f"{name}: {_shape(value)}" for name, value in query.items()) + "}"
    return "…"
