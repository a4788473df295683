"""One .eml file a mail: for a test environment that must not send."""

from pathlib import Path

from services.notify.delivery.mail import Mail, as_bytes
from services.notify.settings import Settings


class Files:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = Path(settings.mail_dir)

    def send(self, mail: Mail) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = mail.message_id.strip("<>").partition("@")[0]
        (self._folder / f"{name}.eml").write_bytes(as_bytes(mail, self._settings))

    def close(self) -> None:
        """Nothing is open."""
