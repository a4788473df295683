"""The desk of the app that answers now."""

from flask import current_app

from services.pledge.operations.desk import DESK, Desk


def desk() -> Desk:
    found: Desk = current_app.extensions[DESK]
    return found
