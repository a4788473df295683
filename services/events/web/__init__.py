"""events' pages, for people. BLUEPRINTS is what the app registers."""

from services.events.web import deciding, drafting, feeds, groups, organiser, organisers_words, posts, status, whats_on, wording

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
    status.pages,
)
