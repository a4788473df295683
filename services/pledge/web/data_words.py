"""The dictionary of the open data: each table, each column and each status in words. A test holds it against the tables themselves."""

from shared.web.i18n import N_

TEXT, WHOLE, DECIMAL, DATE, MOMENT, YES_NO = (
    N_("text"),
    N_("whole number"),
    N_("number"),
    N_("date"),
    N_("date and time"),
    N_("true or false"),
)

TABLES = {
    "totals": (N_("The five counters"), N_("London as a whole, exact. The five are never added together.")),
    "areas": (N_("Pledges by borough"), N_("The 32 boroughs and the City of London, then those who gave no borough.")),
    "groupings": (
        N_("Pledges by NHS area"),
        N_("The footprints of 2017 and the integrated care boards, each with the days on which it stood."),
    ),
    "weeks": (N_("Pledges by week"), N_("From the first week to the present one; a week begins on Monday, in London time.")),
    "themes": (N_("Pledges by theme"), N_("The programme’s six aspirations. An action counts for one.")),
    "channels": (N_("Pledges by how people heard of us"), N_("What the link or the poster said that somebody came by.")),
}

COLUMNS = {
    "counter": (TEXT, N_("Code of the counter. Each is explained under definitions.")),
    "part_of": (TEXT, N_("The counter that this one belongs to, shown apart; else empty.")),
    "value": (WHOLE, N_("The count, exact. Empty where it is not collected yet, which is not 0.")),
    "target": (WHOLE, N_("What the campaign aims for, if it has an aim.")),
    "area": (TEXT, N_("Our code: the borough’s name as in web addresses, or work-study, or not-said.")),
    "gss_code": (TEXT, N_("Code of the Office for National Statistics. Empty for what is no area of theirs.")),
    "name": (TEXT, N_("The name, for people.")),
    "pledges": (WHOLE, N_("Pledges so far, to the nearest 5. Empty where there is no number to give: see the status.")),
    "status": (TEXT, N_("Why there is a number, or why there is none. Never empty.")),
    "population": (WHOLE, N_("People who live there, to the nearest 100.")),
    "population_source": (TEXT, N_("Where the population comes from, with its year.")),
    "rate_per_10000": (DECIMAL, N_("Published pledges for every 10,000 people. Empty where there is no number, or nobody to compare.")),
    "grouping": (TEXT, N_("Our code of the grouping.")),
    "set": (TEXT, N_("Which kind of grouping: nhs-footprint or icb (integrated care board).")),
    "valid_from": (DATE, N_("The first day on which it stood.")),
    "valid_to": (DATE, N_("The last day on which it stood; empty while it does.")),
    "areas": (WHOLE, N_("How many areas it has.")),
    "areas_shown": (WHOLE, N_("How many of them have a published number. Only those are added up.")),
    "iso_week": (TEXT, N_("The week, as 2026-W48.")),
    "monday": (DATE, N_("The day on which it began.")),
    "complete": (YES_NO, N_("Whether it was over when this was published.")),
    "theme": (WHOLE, N_("The theme’s number.")),
    "code": (TEXT, N_("Our code of the theme.")),
    "channel": (TEXT, N_("Our code of the channel.")),
    "publication": (TEXT, N_("The id of the edition: quote it. The same in every file of one edition.")),
    "as_at": (MOMENT, N_("When this was counted.")),
    "licence": (TEXT, N_("OGL-UK-3.0: the Open Government Licence, version 3.")),
}

STATUSES = {
    "published": N_("There is a number. It may be 0, and then it is 0."),
    "fewer-than-10": N_("Hidden: under 10, or none at all. We don’t say which."),
    "withheld": N_("Hidden: not shown, so that nobody can work out another number. It may be small or large."),
    "in-part": N_("Of a grouping: a number, without the areas that are hidden."),
    "missing": N_("Not there: this edition has no such row. It is neither 0 nor hidden."),
    "not-collected": N_("Not there: nobody has begun to count it. It is neither 0 nor hidden."),
}
