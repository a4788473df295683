"""pledge's pages, for people. BLUEPRINTS is what the app registers.

Owns: how promises and the campaign's numbers are shown, and how forms are read. May import: operations, rules, store's
queries, shared. Must not: write to the store by itself, or import api, consumers or clock.
"""

from services.pledge.web import (
    area,
    campaign_figures,
    campaign_pause,
    campaign_report,
    campaign_strikes,
    data,
    did_it,
    home,
    notices,
    nudge,
    pledged,
    pledging,
    poster,
    posters_desk,
    progress,
    status,
    withdraw,
)

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
    campaign_report.pages,
    campaign_figures.pages,
    campaign_strikes.pages,
    campaign_pause.pages,
    posters_desk.pages,
    status.pages,
)
