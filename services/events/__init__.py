"""events: groups, and the initiatives and events that they post; a person reads each before anybody sees it.

Owns:      groups with their private part, posts in their three versions, invitations, decisions, words set apart, reports.
Publishes: group.*, post.submitted, text.held, event.*, initiative.*; contact.offered for a second organiser, contact.note.
Hears:     session.revoked from notify, and what became of contacts: an invitation's and an organiser's are its own, others are done.
"""
