"""events: groups, their initiatives and events, sign-ups. Small as yet: its rooms, store, topics and health are there.

Owns:      (groups, initiatives, events and rosters, when they come).
Publishes: nothing yet.
Hears:     session.revoked from notify; contact.* outcomes as well, of which nothing is its own yet, so each is done.
"""
