"""notify: the only service that can read an address. It confirms, nudges, tells, stops, and keeps the ledger.

Owns:      contacts, link tokens, suppressions, marks of what was erased, the ledger of notifications, copies of what became of each
           pledge and each post; staff and organisers, their sessions and the log of decisions about staff.
Publishes: contact.received, contact.confirmed, contact.expired, contact.suppressed, session.revoked, erasure.asked.
Hears:     contact.offered, contact.again, contact.note; erasure.done; pledge.withdrawn, pledge.kept, pledge.postponed; what events
           tells of groups and posts (group.*, post.submitted, text.held, event.*, initiative.*).
"""
