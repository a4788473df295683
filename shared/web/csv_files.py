"""CSV as answers to a browser or a program: RFC 4180, UTF-8, and no cell that a spreadsheet would take for a formula."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

CSV_TYPE = "text/csv; charset=utf-8; header=present"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Value = str | int | float | bool | None


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A head, then the rows. Nothing is an empty cell; true and false are words."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> Response:
    """To be kept as a file of this name; its first mark tells spreadsheets that it is UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(codecs.BOM_UTF8 + csv_bytes(columns, rows), content_type=CSV_TYPE, headers=headers)


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else value
    return str(value)
