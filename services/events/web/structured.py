"""An event as schema.org describes one (JSON-LD): what search engines and assistants read. Only what the page shows as well."""

from typing import Any

from services.events.rules.content import ONLINE
from services.events.store.finding import Found
from shared.reference.areas import area_name
from shared.runtime.clock import in_london

_SCHEMA = "https://schema.org/"


def described(found: Found, cancelled: bool, public_url: str) -> dict[str, Any]:
    """The data block of an event's page. A template's `tojson` makes `</script>` in it harmless."""
    content, url = found.live, public_url + found.path
    return {
        "@context": _SCHEMA.rstrip("/"),
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": content["title"],
        "description": content.get("summary") or content["title"],
        "startDate": in_london(found.starts).isoformat(timespec="minutes"),
        "endDate": in_london(found.ends).isoformat(timespec="minutes"),
        "eventStatus": f"{_SCHEMA}{'EventCancelled' if cancelled else 'EventScheduled'}",
        "eventAttendanceMode": f"{_SCHEMA}{'Online' if content['area'] == ONLINE else 'Offline'}EventAttendanceMode",
        "location": _location(found, url),
        "organizer": {"@type": "Organization", "name": found.group.name, "url": f"{public_url}/group/{found.group.slug}"},
        "isAccessibleForFree": content["cost"] == "free",
        "inLanguage": list(content.get("languages") or ("en",)),
        **_places(found),
    }


def _location(found: Found, url: str) -> dict[str, Any]:
    """The meeting point only where everybody may see it."""
    content = found.live
    if content["area"] == ONLINE:
        return {"@type": "VirtualLocation", "url": url}
    where = area_name(content["area"])
    name = content["place"] if content["place_shown_to"] == "everyone" else where
    address = {"@type": "PostalAddress", "addressLocality": where, "addressRegion": "London", "addressCountry": "GB"}
    return {"@type": "Place", "name": name, "address": address}


def _places(found: Found) -> dict[str, Any]:
    capacity = found.live.get("capacity") if found.live["joining"] == "book" else None
    return {"maximumAttendeeCapacity": capacity} if capacity else {}
