"""The stack on a laptop: real engines from wheels under one supervisor, a mail catcher, /local/watch.

May import: every other room of shared. Nothing imports it, and no image contains it.
"""
