"""Which tests run at all, and which in one process, where several share the work."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A file's tests stay in one process, as what they share is made once a module; those of a whole stack stay together in
    their folder. What runs many processes comes first: begun last, it would keep the others waiting at the end.

    Those marked `long` or `proof` run where `-m` names that mark, whatever else it says.
    """
    left_out = [item for item in items if _kept_for(item) not in (None, *config.option.markexpr.split())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            file = item.path.relative_to(item.config.rootpath)
            item.add_marker(pytest.mark.xdist_group(f"stack of {file.parent}" if item.get_closest_marker("stack") else str(file)))
    items.sort(key=_turn)


def _kept_for(item: pytest.Item) -> str | None:
    """The mark that -m must name. What is both is `long`, for a file of proofs may hold a long one."""
    return next((mark for mark in ("long", "proof") if item.get_closest_marker(mark)), None)


def _turn(item: pytest.Item) -> int:
    if "survive" in item.path.parts:
        return 0
    return 1 if item.get_closest_marker("stack") else 2
