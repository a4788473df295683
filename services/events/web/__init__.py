"""events' pages, for people. BLUEPRINTS is what the app registers."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
