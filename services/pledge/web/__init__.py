"""pledge's pages, for people. BLUEPRINTS is what the app registers.

Owns: how promises and the campaign's numbers are shown, and how forms are read. May import: operations, rules, store's
queries, shared. Must not: write to the store by itself, or import api, consumers or clock.
"""

from services.pledge.web import area, data, did_it, home, notices, nudge, pledged, pledging, poster, progress, status, withdraw

BLUEPRINTS = (
    home.pages,
    pledging.pages,
    pledged.pages,
    nudge.pages,
    did_it.pages,
    withdraw.pages,
    poster.pages,
    progress.pages,
    area.pages,
    data.pages,
    notices.pages,
    status.pages,
)
