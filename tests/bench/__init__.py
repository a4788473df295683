"""Measurements of a running stack (`make up`). Nothing here passes or fails; the machine's noise is part of every figure."""
