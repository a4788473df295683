"""events' JSON, for machines. BLUEPRINTS is what the app registers."""

from shared.web.json_api import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
