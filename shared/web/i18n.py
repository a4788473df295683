"""The page's language: British English, until people have reviewed another one.

Every string for people is wrapped for gettext. Catalogues go to `translations/<language>/LC_MESSAGES/messages.po`;
`pybabel extract -F pyproject.toml -k N_ .` collects the strings. Outside production `?lang=ar` shows a page in another
direction, so that layouts are tested right to left before there are words for it. No cookie remembers it.
"""

from pathlib import Path
from typing import Any, Protocol

from babel import Locale
from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale

from shared.runtime.translation import N_ as N_  # so that a page has one place to ask
from shared.web.words import ENGLISH

TRANSLATIONS = Path(__file__).parent / "translations"
TRIED_OUT = ("ar", "fa", "he", "ur")


class LanguageSettings(Protocol):
    @property
    def environment(self) -> str: ...


def install(app: Flask, settings: LanguageSettings) -> None:
    """Give the app flask-babel, and its templates `lang` and `dir`."""

    def choose() -> str:
        asked = request.args.get("lang", "") if has_request_context() and settings.environment != "production" else ""
        return asked if asked in TRIED_OUT else str(ENGLISH)

    Babel(
        app,
        default_locale=str(ENGLISH),
        default_timezone="Europe/London",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=choose,
    )
    app.context_processor(_language)
    if not any(TRANSLATIONS.glob("*/LC_MESSAGES/*.mo")):
        _speak_english(app)


def page_locale() -> Locale:
    """The language of the page being made; British English outside any."""
    return get_locale() or ENGLISH


def _speak_english(app: Flask) -> None:
    """Without catalogues a template's strings are what they say. Asking for their translation took a third of a page's time."""
    env = app.jinja_env
    env.install_gettext_callables(_as_written, _one_or_many, newstyle=True)  # type: ignore[attr-defined]  # of jinja2.ext.i18n
    env.globals["_"] = env.globals["gettext"]


def _as_written(text: str) -> str:
    return text


def _one_or_many(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _language() -> dict[str, Any]:
    locale = page_locale()
    return {"lang": str(locale).replace("_", "-"), "dir": locale.text_direction}
