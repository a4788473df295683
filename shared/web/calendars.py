"""Calendar files as answers to a browser; what is in them is made in `calendar_files`, which mails use too."""

from flask import Response

from shared.web.calendar_files import Entry, calendar, place_uid

__all__ = ["Entry", "answer", "calendar", "place_uid"]


def answer(content: bytes, filename: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{filename}"'}
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)
