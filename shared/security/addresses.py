"""E-mail addresses as people type them: checked in form, made one spelling; never looked up in DNS."""

from email_validator import EmailNotValidError, validate_email

LONGEST = 254
ADVICE = "Type an e-mail address like name@example.org"


def read_address(text: str) -> str | None:
    """The address, its domain in lower case; None when no ordinary mail could reach it.

    ASCII only and no quoted local part: both open doors to header tricks, and real people have neither.
    """
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        found = validate_email(
            text, strict=True, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.normalized


def same_address(address: str) -> str:
    """The spelling under which two ways of typing one address are compared."""
    return address.strip().lower()
