"""pledge's JSON, for machines. BLUEPRINTS is what the app registers.

Owns: the shapes of what is sent and answered. May import: operations, rules, store's queries, shared. Must not: write to
the store by itself, or import web, consumers or clock.
"""

from services.pledge.api import campaign, pledges, reference
from shared.web.json_api import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = (reference.calls, pledges.calls, campaign.calls)
