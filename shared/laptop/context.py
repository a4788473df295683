"""What the pages under /local/ are given: the stack they belong to, and its mailbox."""

from flask import Flask, current_app

from shared.laptop.mailbox import Mailbox
from shared.laptop.places import Laptop

_LAPTOP, _MAILBOX = "laptop", "mailbox"


def give(app: Flask, laptop: Laptop, mailbox: Mailbox) -> None:
    app.extensions[_LAPTOP] = laptop
    app.extensions[_MAILBOX] = mailbox


def current_laptop() -> Laptop:
    laptop: Laptop = current_app.extensions[_LAPTOP]
    return laptop


def current_mailbox() -> Mailbox:
    mailbox: Mailbox = current_app.extensions[_MAILBOX]
    return mailbox
