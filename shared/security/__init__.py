"""Tokens, references, sealing, keyed hashes, sessions and which of them ended early.

May import: messaging, store, reference, runtime, pynacl. Must not: Flask, or anything above.
"""
