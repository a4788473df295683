"""docker-compose.yml: everything on one machine, with real engines and a mail catcher."""

from deploy.printing import printed
from deploy.wiring import Setting, deployed, in_common
from shared.runtime.processes import PROCESSES, SERVICES, Process, processes_of

ENGINES = {"mongo": "mongo:8.0", "kafka": "apache/kafka:4.1.0", "mailpit": "axllent/mailpit:v1.27"}
# What connects the containers with each other: an .env file does not change it.
WIRED = {
    "ENVIRONMENT": "laptop",
    "PUBLIC_URL": "http://localhost:${PORT:-8000}",
    "KAFKA_BOOTSTRAP": "kafka:9092",
    "TRUSTED_PROXIES": "172.16.0.0/12,192.168.0.0/16",  # where Docker's own networks are; only the door reaches an api
    "SMTP_HOST": "mail",
    "SMTP_PORT": "1025",
    "SMTP_STARTTLS": "0",
}
# Broker and mail server are our own here, without passwords; whoever has others, changes this file.
ONLY_ELSEWHERE = (
    "KAFKA_SECURITY KAFKA_USER KAFKA_PASSWORD KAFKA_CA_FILE"
    " DELIVERY SMTP_USER SMTP_PASSWORD GOVUK_NOTIFY_KEY GOVUK_NOTIFY_TEMPLATE GOVUK_NOTIFY_URL MAIL_DIR"
).split()
MAIL_FROM = "hello@example.org"


def compose() -> str:
    common = [item for item in in_common() if item.name not in ONLY_ELSEWHERE]
    names = {item.name for item in common}
    return printed(
        "docker-compose.yml.j2",
        **ENGINES,
        services={service: processes_of(service) for service in SERVICES},
        apis=[process for process in PROCESSES if process.command == "api"],
        builder=PROCESSES[0],
        networks=networks,
        common={item.name: value(item) for item in common},
        own={service: {item.name: value(item, service) for item in _own(service, names)} for service in SERVICES},
    )


def _own(service: str, common: set[str]) -> list[Setting]:
    return [item for item in deployed(service) if item.name not in common and item.name not in ONLY_ELSEWHERE]


def value(item: Setting, service: str = "") -> str:
    """Wired, or from the .env file; what must be given has no default, and compose says so before it starts anything."""
    if item.name == "MONGO_URI":
        return f"mongodb://{service}-store:27017/{service}?replicaSet=rs0"
    if item.name in WIRED:
        return WIRED[item.name]
    if item.name == "MAIL_FROM":
        return f"${{MAIL_FROM:-{MAIL_FROM}}}"
    if item.default is None:
        return f"${{{item.name}:?is missing from .env, see deploy/README.md}}"
    return f"${{{item.name}:-{item.default}}}"


def networks(process: Process) -> list[str]:
    """The networks of a process, from what it needs."""
    behind_the_door = ["pages"] if process.command == "api" else []
    places = {"store": process.service, "broker": "messages", "mail": "mail"}
    return behind_the_door + [places[need] for need in process.needs]
