"""events' JSON, for machines. BLUEPRINTS is what the app registers."""

from services.events.api import finding, posting, sign_ups
from shared.web.json_api import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = (finding.calls, posting.calls, sign_ups.calls)
