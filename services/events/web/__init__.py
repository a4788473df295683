"""events' pages, for people. BLUEPRINTS is what the app registers."""

from services.events.web import (
    deciding,
    drafting,
    feeds,
    groups,
    held_texts,
    organiser,
    organisers_words,
    posts,
    report,
    review,
    staff_groups,
    staff_reports,
    status,
    still_on,
    whats_on,
    wording,
)

BLUEPRINTS = (
    wording.words,
    whats_on.pages,
    feeds.pages,
    posts.pages,
    organisers_words.words,
    groups.pages,
    organiser.pages,
    drafting.pages,
    deciding.pages,
    report.pages,
    review.pages,
    held_texts.pages,
    staff_reports.pages,
    staff_groups.pages,
    still_on.pages,
    status.pages,
)
