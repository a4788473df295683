"""events: groups, and the initiatives and events that they post; a person reads each before anybody sees it.

Owns:      groups with their private part, posts in their three versions, sign-ups and the rosters that decide on them, invitations,
           decisions, words set apart, reports.
Publishes: group.*, post.submitted, text.held, event.*, initiative.*, sign-up.*, attendance.recorded; contact.offered for a place and for
           a second organiser, contact.again, contact.note, erasure.done.
Hears:     erasure.asked and session.revoked from notify, and what became of contacts: an invitation's and an organiser's are its own,
           others are done.
"""
