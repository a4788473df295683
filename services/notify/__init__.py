"""notify: the only service that can read an address. It confirms, nudges, stops, and keeps the ledger of what was sent.

Owns:      contacts, link tokens, suppressions, the ledger of notifications, copies of what became of each pledge;
           staff, their sessions and the log of decisions about them.
Publishes: contact.received, contact.confirmed, contact.expired, contact.suppressed, session.revoked.
Hears:     contact.offered, contact.again; pledge.withdrawn, pledge.kept, pledge.postponed.
"""
