"""Where somebody is led after signing in: a page of our staff or of groups, and nowhere else."""

import pytest

from shared.web.audience import way_on
from shared.web.routes import owner_of
from shared.web.staff import STAFF_MENU, links_for


@pytest.mark.parametrize(
    "asked",
    [
        "/staff",
        "/staff/people",
        "/staff/people?invited=1",
        "/staff/status/pledge",
        "/staff/people/invite",
        "/groups",
        "/groups?from=footer",
        "/groups/new",
        "/groups/spadework/about",
    ],
)
def test_a_page_of_ours(asked: str) -> None:
    """It is where they wanted to go."""
    assert way_on(asked) == asked


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "https://evil.example/staff",
        "//evil.example/staff",
        "/\\evil.example",
        "/staff/\\evil.example",
        "\\\\evil.example/staff",
        "javascript:alert(1)",
        "staff",
        "/sign-out",
        "/local/mail",
        "/static/site.css",
        "/staffx",
        "/groupsx",
        "/groups/../local/mail",
        "//evil.example/groups",
        "/whats-on",
        "/staff/nowhere",
        "/staff/../local/mail",
        "/staff\r\nSet-Cookie: a=b",
        "/staff/people\n",
        "/staff/péople",
        "/staff/people?" + "a" * 400,
    ],
)
def test_any_other_address(asked: str) -> None:
    """Another site, another scheme, a page that no service of ours has, one that asks for no sign-in: /staff instead, or what was said."""
    assert way_on(asked) == "/staff"
    assert way_on(asked, otherwise="/groups") == "/groups"


def test_the_menu_leads_to_pages_that_are_routed() -> None:
    """Each line is answered by a service, and nobody without a role sees one."""
    assert all(owner_of(link.href) in ("pledge", "events", "notify") for link in STAFF_MENU)
    assert links_for(()) == ()
    assert [link.href for link in links_for(("moderator",))] == ["/staff", "/staff/review", "/staff/reports", "/staff/groups"]
