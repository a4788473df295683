"""events' pages, for people. BLUEPRINTS is what the app registers."""

from services.events.web import status, wording

BLUEPRINTS = (wording.words, status.pages)
