"""Invented groups and posts for a laptop: made, sent, read and published by the same operations as real ones.

`filling` does it; `groups`, `events` and `initiatives` are what is said. Every name is made up, and so is every number (020 7946 0…, which
rings nowhere).
"""
