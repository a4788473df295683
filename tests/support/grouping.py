"""Which tests run in one process, where several share the work."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay in one process, as what they share is made once a module; those of the whole stack stay together."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            group = "stack" if item.get_closest_marker("stack") else str(item.path.relative_to(item.config.rootpath))
            item.add_marker(pytest.mark.xdist_group(group))
