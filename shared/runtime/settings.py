"""Settings: a frozen dataclass built by a pure function of a mapping, every problem reported at once.

A service's `settings.py` subclasses `CommonSettings` and adds its own. `.env.example` is printed from the same
fields (`python -m deploy.generate`), and a test compares them.
"""

import os
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar, Self, TypeVar

from shared.runtime.crash_points import POINTS
from shared.runtime.errors import SettingsError

LAPTOP, TEST, PRODUCTION = "laptop", "test", "production"
S = TypeVar("S", bound="CommonSettings")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


EXAMPLE_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="  # 32 zero bytes: well formed, and refused in production


def setting(env: str, about: str, default: Any = MISSING, *, secret: bool = False, example: str = "") -> Any:
    """One field of a settings dataclass.

    `env`: the variable's name. `about`: one sentence for `.env.example`. A field without a default is required, and has an
    example. A secret is left out of `repr`.
    """
    return field(default=default, repr=not secret, metadata={"env": env, "about": about, "secret": secret, "example": example})


@dataclass(frozen=True, kw_only=True)
class CommonSettings:
    """What every process of every service needs."""

    service: ClassVar[str] = ""

    environment: str = setting("ENVIRONMENT", "laptop, test or production; production refuses demo data and made-up secrets", PRODUCTION)
    public_url: str = setting(
        "PUBLIC_URL", "The address people type; links in mails begin with it, other hosts are refused", example="http://localhost:8000"
    )
    bind: str = setting("BIND", "The address a process listens on", "0.0.0.0")  # noqa: S104 -- inside a pod; the laptop sets 127.0.0.1
    port_base: int = setting("PORT_BASE", "The front door's port; each process listens at this plus its own offset", 8000)
    mongo_uri: str = setting(
        "MONGO_URI", "The service's own Mongo, with its database's name in the path", secret=True, example="mongodb://mongo.example/pledge"
    )
    mongo_selection_ms: int = setting("MONGO_SELECTION_MS", "How long to look for the store before answering 503, in ms", 2000)
    kafka_bootstrap: str = setting("KAFKA_BOOTSTRAP", "Kafka's bootstrap servers, host:port,host:port", example="kafka.example:9092")
    kafka_bootstrap_ms: int = setting("KAFKA_BOOTSTRAP_MS", "How long to look for the brokers before trying again later, in ms", 5000)
    kafka_fetch_wait_ms: int = setting("KAFKA_FETCH_WAIT_MS", "fetch_max_wait_ms: 500 for Apache Kafka, 300 for the laptop's broker", 500)
    kafka_session_ms: int = setting("KAFKA_SESSION_MS", "session_timeout_ms of the consumer groups", 45000)
    kafka_delivery_ms: int = setting("KAFKA_DELIVERY_MS", "delivery_timeout_ms of the relay's producer", 3600000)
    kafka_request_ms: int = setting("KAFKA_REQUEST_MS", "request_timeout_ms of the relay's producer", 10000)
    kafka_replication: int = setting("KAFKA_REPLICATION", "Replicas of the topics that `prepare` makes (-1: the broker's default)", -1)
    kafka_security: str = setting("KAFKA_SECURITY", "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", "PLAINTEXT")
    kafka_user: str = setting("KAFKA_USER", "SCRAM user name, where SASL is on", "")
    kafka_password: str = setting("KAFKA_PASSWORD", "SCRAM password, where SASL is on", "", secret=True)
    kafka_ca_file: str = setting("KAFKA_CA_FILE", "The authority that signed the brokers' certificates", "")
    log_level: str = setting("LOG_LEVEL", "debug, info, warning or error", "info")
    trusted_proxies: str = setting("TRUSTED_PROXIES", "Networks whose X-Forwarded-For is believed, in CIDR, by comma", "")
    posts_per_minute: int = setting("POSTS_PER_MINUTE", "How many unsafe requests one subnet may send a minute, to each api process", 600)
    guesses_per_minute: int = setting(
        "GUESSES_PER_MINUTE", "How many references that nobody has one subnet may ask for in a minute, of each api process", 60
    )
    build_dir: str = setting("BUILD_DIR", "Where the build put the door's files and the postcode table", "build")
    brand_name: str = setting("BRAND_NAME", "The name in the header and as the mails' sender", "Collaboration with Londoners")
    watch: bool = setting("WATCH", "Laptop only: write each message's stages with their times to the own store", False)
    clock_offset: float = setting("CLOCK_OFFSET", "Laptop and tests only: seconds that this process's clock runs ahead", 0.0)
    crash_at: str = setting("CRASH_AT", "Laptop and tests only: the named point (shared/runtime/crash_points.py) where a process dies", "")
    crash_mark: str = setting("CRASH_MARK", "Laptop and tests only: a file that says it died there; as long as it is there, none does", "")

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Read `environ`. Raises SettingsError with one sentence for each problem."""
        hints = typing.get_type_hints(cls)
        values: dict[str, Any] = {}
        problems: list[str] = []
        for item in declared(cls):
            name = item.metadata["env"]
            if name not in environ:
                if item.default is MISSING:
                    problems.append(f"{name} is missing: {item.metadata['about']}")
                continue
            try:
                values[item.name] = _parse(environ[name], hints[item.name])
            except ValueError as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise SettingsError(problems)
        settings = cls(**values)
        if found := settings.problems():
            raise SettingsError(found)
        return settings

    def problems(self) -> list[str]:
        """Combinations that must not run; a subclass adds its own."""
        found = []
        if self.environment not in (LAPTOP, TEST, PRODUCTION):
            found.append(f"ENVIRONMENT is '{self.environment}': choose laptop, test or production")
        if not self.public_url.startswith(("http://", "https://")) or self.public_url.endswith("/"):
            found.append("PUBLIC_URL must be like https://pledge.example.org, with no slash at the end")
        if self.environment == PRODUCTION and EXAMPLE_KEY in vars(self).values():
            found.append("A key is the example's: make each with `openssl rand -base64 32`")
        if self.environment == PRODUCTION and self.watch:
            found.append("WATCH keeps exact times, so it is for the laptop alone: unset it")
        if self.environment == PRODUCTION and self.clock_offset:
            found.append("CLOCK_OFFSET moves the clock, so it is for the laptop and tests alone: unset it")
        return found + self._crash_problems()

    def _crash_problems(self) -> list[str]:
        if not self.crash_at and not self.crash_mark:
            return []
        if self.is_production:
            return ["CRASH_AT and CRASH_MARK end a process on purpose, so they are for the laptop and tests alone: unset both"]
        if self.crash_at not in POINTS:
            return [f"CRASH_AT is '{self.crash_at}', which is no crash point: choose one of {', '.join(POINTS)}"]
        if not self.crash_mark:
            return ["CRASH_AT needs CRASH_MARK: the path of a file that says it happened"]
        return []

    @property
    def is_production(self) -> bool:
        return self.environment == PRODUCTION


def declared(cls: type[CommonSettings]) -> list[Field[Any]]:
    """The fields that come from the environment, in order."""
    return [item for item in fields(cls) if "env" in item.metadata]


def examples(cls: type[CommonSettings]) -> dict[str, str]:
    """A value for each required setting: enough to describe the service, not to run it."""
    return {item.metadata["env"]: item.metadata["example"] for item in declared(cls) if item.default is MISSING}


def load_or_exit(cls: type[S]) -> S:
    """Read the process's environment; on a problem print each on its own line and exit 78 (EX_CONFIG)."""
    try:
        return cls.load(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(f"setting: {problem}")
        raise SystemExit(78) from error


def _parse(text: str, kind: Any) -> Any:
    if kind is bool:
        lowered = text.strip().lower()
        if lowered not in _TRUE | _FALSE:
            raise ValueError(f"'{text}' is neither on nor off: write 1 or 0")
        return lowered in _TRUE
    if kind is int or kind is float:
        try:
            return kind(text)
        except ValueError:
            raise ValueError(f"'{text}' is not a number") from None
    return text
