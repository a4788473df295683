"""pledge: people's promises and the campaign's numbers.

Owns:      pledges, what was counted, the totals and published breakdowns, poster codes; the campaign team's figures, what it struck out,
           and whether the campaign is paused.
Publishes: pledge.*, poster.used, reach.recorded, tally.recorded, entry.voided, campaign.*, contact.offered, contact.again, erasure.done.
Hears:     its own pledge.*, poster.used and figures (to count them), contact.* outcomes, erasure.asked and session.revoked from notify.
"""
