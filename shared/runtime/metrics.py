"""The closed list of metrics, one `record_*` function a fact. Labels come from our own tables, never from people."""

from prometheus_client import Counter, Gauge, Histogram

_REQUESTS = Counter("http_requests_total", "Requests by route pattern and status", ("service", "route", "method", "status"))
_SECONDS = Histogram(
    "http_request_seconds", "Time to answer", ("service", "route"), buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
)
_PUBLISHED = Counter("messages_published_total", "Messages acknowledged by the broker", ("service", "type"))
_PENDING = Gauge("outbox_pending_documents", "Documents that hold a message not yet published", ("service",))
_HANDLED = Counter("messages_handled_total", "Messages by their fate", ("service", "type", "fate"))
_PAUSED = Gauge("partitions_paused", "Partitions paused after poison in a row", ("service",))
_MAILS = Counter("mails_total", "Deliveries by template and outcome", ("template", "outcome"))
_TURNS = Counter("loop_turns_total", "Turns of a process's loop", ("process", "found"))


def record_request(service: str, route: str, method: str, status: int, seconds: float) -> None:
    _REQUESTS.labels(service, route, method, str(status)).inc()
    _SECONDS.labels(service, route).observe(seconds)


def record_published(service: str, type_: str) -> None:
    _PUBLISHED.labels(service, type_).inc()


def record_pending(service: str, documents: int) -> None:
    _PENDING.labels(service).set(documents)


def record_handled(service: str, type_: str, fate: str, count: int = 1) -> None:
    _HANDLED.labels(service, type_, fate).inc(count)


def record_paused(service: str, partitions: int) -> None:
    _PAUSED.labels(service).set(partitions)


def record_mail(template: str, outcome: str) -> None:
    _MAILS.labels(template, outcome).inc()


def record_turn(process: str, found: bool) -> None:
    _TURNS.labels(process, "work" if found else "nothing").inc()
