"""The auditor: what was accepted ↔ documents ↔ archive ↔ log ↔ counted rows and totals ↔ contacts and ledger ↔ mails received.

evidence   one look at everything there is
crossing   each station against the next, where they lie with different services
mails      the ledger against what the mail server took
settling   waiting until nothing is on its way

Each service's own stations are compared by its own doctor, as a command. Looks into the stores to read only; laptop and tests.
"""
