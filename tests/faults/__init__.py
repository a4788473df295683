"""Processes killed at named points while people pledge: what was accepted is stored, published and counted once.

`make faults` runs every scene five times on a stack of its own; a short selection is among the tests.
"""
