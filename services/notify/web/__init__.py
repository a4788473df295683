"""notify's pages: what stands behind the links in a mail. BLUEPRINTS is what the app registers."""

from services.notify.web.links import blueprint

BLUEPRINTS = (blueprint,)
