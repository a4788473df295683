"""The OpenAPI document against the real app over a socket: every answer is one that it describes, and none is a fault of ours."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from shared.web.openapi import document
from tests.support.pledge_site import ADDRESS, PledgeSite

OPERATIONS = {
    "GET /api/v1/actions",
    "GET /api/v1/areas",
    "GET /api/v1/areas/{area}",
    "GET /api/v1/boroughs",
    "GET /api/v1/boroughs/{area}",
    "GET /api/v1/themes",
    "GET /api/v1/campaign",
    "POST /api/v1/pledges",
    "GET /api/v1/pledges/{pledge_id}",
}
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_described(open_site: PledgeSite, mode: GenerationMode) -> None:
    """Good input and bad, to each call: the status, type, headers and body are those of the document."""
    load_all_checks()
    checks: Any = CHECKS.get_by_names(CHECKED)
    schema = schemathesis.openapi.from_dict(document(open_site.app))
    seen = set()
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # a document that cannot be read raises here
        seen.add(operation.label)

        @settings(max_examples=40, suppress_health_check=list(HealthCheck), database=None)
        @given(operation.as_strategy(mode))
        def ask(case: Case[Any]) -> None:
            case.call_and_validate(base_url=open_site.origin, checks=checks)

        if mode is GenerationMode.POSITIVE or operation.body or list(operation.iter_parameters()):
            ask()
    assert seen == OPERATIONS


def test_good_answers_are_described(open_site: PledgeSite) -> None:
    """Generated input seldom names an action: a pledge that is made, one with an e-mail, and one that is seen."""
    load_all_checks()
    checks: Any = CHECKS.get_by_names(CHECKED)
    schema = schemathesis.openapi.from_dict(document(open_site.app))
    ask: dict[str, Any] = {"base_url": open_site.origin, "checks": checks}
    bodies: tuple[Any, ...] = (
        {"action": "walk-together"},
        {"action": "check-in", "email": ADDRESS, "consents": {"reminders": True}, "nudge": "2-days"},
    )
    for body in bodies:
        case = schema["/api/v1/pledges"]["POST"].Case(body=body, media_type="application/json")
        made = case.call_and_validate(**ask)
        assert made.status_code == 201
        seen = schema["/api/v1/pledges/{pledge_id}"]["GET"].Case(path_parameters={"pledge_id": made.json()["id"]})
        assert seen.call_and_validate(**ask).status_code == 200
    open_site.counted(hackney=12, camden=12, brent=12, lambeth=12, sutton=12, bexley=3)
    for path in ("/api/v1/areas/{area}", "/api/v1/boroughs/{area}"):
        for typed in ("hackney", "E09000004", "City-Of-London"):
            found = schema[path]["GET"].Case(path_parameters={"area": typed}).call_and_validate(**ask)
            assert found.status_code == 200
    assert schema["/api/v1/campaign"]["GET"].Case().call_and_validate(**ask).json()["published"]
