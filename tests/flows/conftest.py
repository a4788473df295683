"""One stack for every flow: starting it is what costs."""

from collections.abc import Iterator

import pytest

from tests.support.stack import Stack, laptop_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with laptop_stack(tmp_path_factory.mktemp("stack"), DEMO="1") as running:
        yield running
