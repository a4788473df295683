"""The groups of the demo data, in the words that their organisers typed."""

from collections.abc import Mapping
from typing import Any

WALKERS, KETTLE, CARERS, CHOIR, KITCHEN, MAKERS = "walkers", "kettle", "carers", "choir", "kitchen", "makers"

GROUPS: Mapping[str, Mapping[str, Any]] = {
    WALKERS: {
        "name": "Lea Side Walkers",
        "kind": "community",
        "what": "Neighbours who walk slowly and talk if they like, since 2019. Two trained walk leaders come each time.",
        "areas": ["hackney", "tower-hamlets"],
        "phone": "020 7946 0111",
        "safeguarding_name": "Priya Larkfield",
        "safeguarding_phone": "020 7946 0112",
        "dbs": "Both walk leaders have one. Walks are for adults, in public places.",
        "insurance": "Public liability, £5 million, with a walking federation.",
        "distress": "One leader stops and sits down with them while the other goes on with the rest. We know the help numbers by heart.",
    },
    KETTLE: {
        "name": "Brent Kettle Club",
        "kind": "charity",
        "what": "We put the kettle on wherever people are: libraries, markets, waiting rooms. Sit down, and somebody listens.",
        "areas": ["brent"],
        "phone": "020 7946 0121",
        "safeguarding_name": "Tobias Appleyard",
        "safeguarding_phone": "020 7946 0122",
        "dbs": "All eleven listeners have one.",
        "insurance": "Public liability, £10 million.",
        "distress": "There are always two of us. One stays with them, and rings whoever they would like us to.",
    },
    CARERS: {
        "name": "Catford Carers’ Corner",
        "kind": "charity",
        "what": "For anybody in Lewisham who looks after somebody. Cake, a sofa, and people who don’t need it explained.",
        "areas": ["lewisham"],
        "phone": "020 7946 0131",
        "safeguarding_name": "Marguerite Oakapple",
        "safeguarding_phone": "020 7946 0132",
        "dbs": "Every helper has an enhanced one.",
        "insurance": "Public liability, £5 million, through our landlord.",
        "distress": "We have a quiet room. Marguerite or her deputy is there on each day that we are open.",
    },
    CHOIR: {
        "name": "The Half Past Twelve Choir",
        "kind": "club",
        "what": "We sing at lunchtime, badly at first. No auditions, no solos, nobody is asked why they came.",
        "areas": ["camden", "islington"],
        "phone": "020 7946 0141",
        "safeguarding_name": "Jonty Merriweather",
        "safeguarding_phone": "020 7946 0142",
        "dbs": "Nobody needs one: adults only, in a public hall.",
        "insurance": "Public liability, £2 million.",
        "distress": "Somebody from the back row goes out with them. We never leave anybody to go home by themselves.",
    },
    KITCHEN: {
        "name": "Seven Streets Kitchen",
        "kind": "faith",
        "what": "A mosque, two churches and a gurdwara share one kitchen in Newham, and whoever is hungry or alone shares the table.",
        "areas": ["newham"],
        "phone": "020 7946 0151",
        "safeguarding_name": "Noor Featherstone",
        "safeguarding_phone": "020 7946 0152",
        "dbs": "The six people who lead an evening have one.",
        "insurance": "Public liability, £10 million, with the council.",
        "distress": "Noor sits down with them away from the table. We stay until they are with somebody they trust.",
    },
    MAKERS: {
        "name": "Croydon Young Makers",
        "kind": "school",
        "what": "Two schools open their workshops after hours. Hands are busy, so talking is easy.",
        "areas": ["croydon"],
        "phone": "020 7946 0161",
        "safeguarding_name": "Bartholomew Finch",
        "safeguarding_phone": "020 7946 0162",
        "dbs": "All staff have an enhanced one. No adult is alone with a child.",
        "insurance": "The schools’ own.",
        "distress": "The schools’ safeguarding plan holds after hours too: the lead on duty is rung, and a parent.",
    },
}
OURS = (WALKERS, KETTLE)  # of the demo's organiser who can sign in; somebody else posts for the others
