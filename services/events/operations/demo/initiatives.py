"""The initiatives of the demo data: what is always on."""

from collections.abc import Mapping
from typing import Any

from services.events.operations.demo.groups import CARERS, CHOIR, KETTLE, KITCHEN, MAKERS, WALKERS

USUAL: Mapping[str, Any] = {"cost": "free", "access": ["step-free", "accessible-toilet"], "languages": ["en"], "has_room": "yes"}

INITIATIVES: Mapping[str, Mapping[str, Any]] = {
    WALKERS: {
        "title": "Chatty benches",
        "summary": "Nine yellow benches. Sit down if you’d like someone to say hello.",
        "description": "They stand by the water and in three parks. One of us walks past each of them every afternoon.",
        "areas": ["hackney", "tower-hamlets"],
        "days": "Any day",
        "place": "Wick Lane, Fish Island and three parks",
        "access": ["step-free", "seated", "assistance-dogs"],
        "languages": ["en", "bn"],
    },
    KETTLE: {
        "title": "The kettle is on",
        "summary": "A table in the library where somebody is always pouring.",
        "description": "No questions. If you’d like to talk, turn your cup upside down and somebody will sit with you.",
        "areas": ["brent"],
        "days": "Tuesdays and Fridays, 10am to 4pm",
        "place": "Willow Road Library",
        "access": ["step-free", "accessible-toilet", "hearing-loop", "quiet"],
        "languages": ["en", "gu", "ar"],
    },
    CARERS: {
        "title": "Ring a carer",
        "summary": "A carer rings you once a week, for as long as you like.",
        "description": "You are matched with somebody who looks after somebody too. It’s a chat, not advice.",
        "areas": ["lewisham"],
        "days": "At a time that you choose",
        "phone": "020 7946 0139",
        "has_room": "ring-first",
        "access": [],
    },
    CHOIR: {
        "title": "Hum along",
        "summary": "Listen in on rehearsals from a chair by the door.",
        "description": "You don’t have to sing, and nobody will ask you to.",
        "areas": ["camden", "islington"],
        "days": "Wednesdays, half past twelve",
        "place": "The Tin Hall, Cobden Yard",
        "access": ["step-free", "hearing-loop"],
    },
    KITCHEN: {
        "title": "A seat at the table",
        "summary": "Lunch for whoever comes, at one long table.",
        "description": "Vegan and halal. You can help to chop, or just eat.",
        "areas": ["newham"],
        "days": "Every day but Sunday, noon to 2pm",
        "place": "Seven Streets Kitchen, Sugar Loaf Walk",
        "access": ["step-free", "accessible-toilet", "quiet"],
        "languages": ["en", "bn", "ur", "pa"],
    },
    MAKERS: {
        "title": "The open bench",
        "summary": "A workshop after school for anybody between 11 and 17.",
        "description": "Come with an idea or without. A teacher is always there.",
        "areas": ["croydon"],
        "days": "Mondays and Thursdays, 3:30pm to 5pm",
        "place": "Workshop 1, Addington Lane School",
        "has_room": "full",
        "access": ["step-free", "accessible-toilet", "quiet"],
    },
}
