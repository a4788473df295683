"""events: groups, their initiatives and events, sign-ups. Small as yet: its rooms, store, topics and health are there.

Owns:      (groups, initiatives, events and rosters, when they come).
Publishes: nothing yet.
Hears:     contact.* outcomes from notify; nothing of them is its own yet, so each is done.
"""
