"""Tokens, references, sealing, keyed hashes, limits.

May import: messaging, store, reference, runtime, pynacl. Must not: Flask, or anything above.
"""
