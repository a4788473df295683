"""Pure decisions, one module a noun: posts and groups (states), content (what a form may hold), times (London's wall clock).

Imports the standard library, shared's errors, clock arithmetic and reference tables only: no store, no framework, no reading of the time.
"""
