"""pledge and notify behind a front door, for one module's tests after another; each leaves them as well as it found them."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.engines import Broker, Store
from tests.support.fleet import ALL, Fleet, fleet
from tests.support.smtp import MailServer

IMPATIENT = {"KAFKA_DELIVERY_MS": 2_000, "KAFKA_REQUEST_MS": 500, "KAFKA_BOOTSTRAP_MS": 1_000}


@pytest.fixture(scope="session")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Every process of both services; the broker may be frozen, not killed, and the store may be killed, not lost."""
    folder = tmp_path_factory.mktemp("living")
    with Store(folder) as store, Broker(folder) as broker, MailServer() as mail, fleet(folder, store, broker, mail, **IMPATIENT) as found:
        found.launch(*ALL)
        found.open_door()
        found.wait_ready()
        yield found


@pytest.fixture
def seen(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Note a figure, for `make survive` to show at its end."""
    return lambda words: record_property("seen", words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if "long" not in terminalreporter.config.option.markexpr:
        return
    for report in terminalreporter.getreports("passed"):
        for _, words in report.user_properties:
            terminalreporter.line(f"{report.nodeid.rpartition('::')[2]}: {words}")
