"""How the store would look for something: by an index, or through the whole collection."""

from collections.abc import Iterator
from typing import Any

from pymongo.database import Database


def scans(db: Database[dict[str, Any]], queries: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Those of `queries` that read a whole collection, each once.

    One that names its `_id` is quick, whatever the laptop's store says of the plan.
    """
    slow = {f"{name}: {_shape(found)}" for name, found in queries if "_id" not in found and "IXSCAN" not in _stages(db, name, found)}
    return sorted(slow)


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
