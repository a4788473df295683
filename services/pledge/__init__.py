"""pledge: people's promises and the campaign's numbers.

Owns:      pledges, what was counted, the totals and published breakdowns, poster codes.
Publishes: pledge.*, poster.used, contact.offered, contact.again, erasure.done.
Hears:     its own pledge.* and poster.used (to count them), contact.* outcomes, erasure.asked and session.revoked from notify.
"""
