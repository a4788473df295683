"""Tables as CSV (RFC 4180), safe to open in a spreadsheet: text that a spreadsheet would take for a formula stays text."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None


def safe(cell: Cell) -> Cell:
    """Numbers as they are; text that begins like a formula behind an apostrophe, as spreadsheets themselves write it."""
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(FORMULA_SIGNS) or cell.startswith(FORMULA_SIGNS) else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """`header` and `rows` in one table; None is an empty cell, which is not 0."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """To be kept as a file of this name; its first mark tells spreadsheets that it is UTF-8."""
    answer = Response("\ufeff" + csv_text(header, rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
