"""events' pages, for people. BLUEPRINTS is what the app registers."""

from services.events.web import status

BLUEPRINTS = (status.pages,)
