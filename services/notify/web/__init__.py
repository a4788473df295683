"""notify's pages: what stands behind the links in a mail, signing in, and who belongs to the staff.

BLUEPRINTS is what the app registers.
"""

from services.notify.web import my_data, people, sign_in, staff, status
from services.notify.web.links import blueprint

BLUEPRINTS = (blueprint, my_data.pages, sign_in.pages, staff.pages, people.pages, status.pages)
