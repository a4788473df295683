"""What every page and JSON answer has in common: the app factory, routes table, problems, checks, layout, forms.

May import: privacy, security, messaging, store, reference, runtime. Must not: a service, or laptop.
"""
