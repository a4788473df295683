"""What is kept, how long and from when: one table, worked by each service's clock and shown on the privacy page.

May import: security, messaging, store, reference, runtime. Must not: Flask, or anything above.
"""
