"""Stands before the real `rich` in the stack's processes: structlog would load it, 4 MB in each, for colours that no log
file shows. The image does not have it either.
"""

raise ImportError("rich is left out of the laptop's processes")
