"""What is kept, how long and from when: one table, worked by each service's clock and drawn on the privacy page.

A row is the only home of its figure: whoever deletes, or notes when something is to be deleted, reads `lasts` here. What the messages
themselves are kept is the catalogue's to say, and read from there. `worked_by` names the kinds of a clock that carry a row out; a test
holds the two together.
"""

from dataclasses import dataclass
from datetime import timedelta

from shared.messaging.archive import CORRELATION_KEPT
from shared.messaging.catalogue import ARCHIVE_LIFETIME, TOPICS
from shared.runtime.translation import N_
from shared.security.sessions import LASTS as SESSION_LASTS

PLEDGE, EVENTS, NOTIFY = "pledge", "events", "notify"
FOR_GOOD = timedelta.max
WHILE_IT_SERVES = timedelta.max - timedelta(days=1)  # `also` says until when
OF_THE_LOG = "kafka"  # a topic's own setting, which `prepare` makes


def _days(count: float) -> timedelta:
    return timedelta(days=count)


@dataclass(frozen=True)
class Kept:
    """One line of the table. `what`, `also`, `since`: in words for people; `also` is what ends it sooner, or what of it stays.

    `worked_by`: (service, kind of its clock); empty where nothing has to be done: it is kept for good, or goes with something else.
    """

    what: str
    lasts: timedelta
    since: str
    worked_by: tuple[tuple[str, str], ...] = ()
    also: str = ""

    @property
    def is_for_good(self) -> bool:
        return self.lasts in (FOR_GOOD, WHILE_IT_SERVES)


def _by(service: str, *kinds: str) -> tuple[tuple[str, str], ...]:
    return tuple((service, kind) for kind in kinds)


_KEYS, _ROWS = "forget the keys of forms", "forget old rows"
_CAME, _REVIEW = "forget who came", "forget what a review leaves behind"
_MESSAGES = tuple((service, "forget old messages") for service in (PLEDGE, EVENTS, NOTIFY))
_ERASED = "forget what was erased"
_ADDRESSES = "forget addresses after their nudge or their slot"

# Pledges

A_PLEDGE = Kept(
    N_("Your pledge: the action, the week, how you heard of us, and the borough if you gave one"),
    FOR_GOOD,
    N_("your pledge"),
    also=N_("as a number"),
)
EXACT_TIME = Kept(N_("The exact time of your pledge"), timedelta(hours=24), N_("your pledge"), _by(PLEDGE, "forget exact times"))
PLEDGE_FORM = Kept(
    N_("What stops a double tap from making two pledges"), timedelta(hours=24), N_("your pledge"), _by(PLEDGE, "forget exact times")
)
UNCONFIRMED = Kept(
    N_("An e-mail address that was not confirmed"),
    _days(7),
    N_("our mail to it"),
    _by(NOTIFY, "expire what nobody confirmed"),
)
AFTER_NUDGE = Kept(
    N_("An e-mail address that was confirmed, its tie to your pledge, and your yes with its exact words"),
    _days(90),
    N_("your nudge"),
    (*_by(NOTIFY, _ADDRESSES), *_by(PLEDGE, "drop refs after the nudge")),
    also=N_("at once if you say stop"),
)

# Places

A_PLACE = Kept(
    N_("A place: your first name and what would make it easier for you, encrypted"),
    _days(7),
    N_("the end of what you signed up for"),
    _by(EVENTS, _CAME),
    also=N_("at once if you give it back"),
)
PLACE_LINK = Kept(
    N_("The link in our mails that shows your place and gives it back, scrambled"),
    A_PLACE.lasts,
    N_("the end of what you signed up for"),
    _by(EVENTS, _CAME),
)
PLACE_PERSON = Kept(
    N_("A mark of who has a place already, made of the address, which we cannot read back"),
    A_PLACE.lasts,
    N_("the end of what you signed up for"),
    _by(EVENTS, _CAME),
    also=N_("at once if you give it back"),
)
PLACE_ADDRESS = Kept(
    N_("An e-mail address that serves a place, with your yes to a mail the evening before"),
    A_PLACE.lasts,
    N_("the end of what you signed up for"),
    _by(NOTIFY, _ADDRESSES),
)
PLACE_ADDRESS_UNHEARD = Kept(
    N_("The same, where our part for mails never heard of the event"), _days(90), N_("your sign-up"), _by(NOTIFY, _ADDRESSES)
)
A_SIGN_UP = Kept(
    N_("That somebody signed up: for what, how many came along, the week and how you heard of us; nobody’s name"),
    FOR_GOOD,
    N_("your sign-up"),
    also=N_("as a number"),
)
SIGN_UP_FORM = Kept(N_("What stops a double tap from asking for two places"), timedelta(hours=24), N_("your sign-up"), _by(EVENTS, _CAME))
HOW_MANY_CAME = Kept(N_("How many came, as whoever runs it counted"), FOR_GOOD, N_("the day"), also=N_("as a number"))

# Mails

NOT_ME = Kept(
    N_("A mark that an address said “this wasn’t me”, which we cannot read back"), _days(90), N_("“this wasn’t me”"), _by(NOTIFY, _ROWS)
)
NOT_NOW = Kept(
    N_("A mark that an address said “not now”, which we cannot read back"),
    WHILE_IT_SERVES,
    N_("“not now”"),
    _by(NOTIFY, _ROWS),
    also=N_("until its two weeks are over"),
)
STOPPED = Kept(N_("A mark that an address said stop, which we cannot read back"), FOR_GOOD, N_("the stop"))
# Longer than the archive, so that no message that is published again can send a mail again.
LEDGER = Kept(
    N_("A note of each mail we sent: which kind, when, and whether the mail server took it; no address"),
    ARCHIVE_LIFETIME + _days(30),
    N_("the mail"),
    _by(NOTIFY, _ROWS),
)
FIRST_MAILS = Kept(
    N_("A mark beside such a note, made of the address, by which we count the mails of a day"), _days(2), N_("the mail"), _by(NOTIFY, _ROWS)
)
LINKS = Kept(
    N_("The links in our mails, scrambled, so that an old one can say what became of it"),
    _days(110),
    N_("the mail"),
    _by(NOTIFY, _ROWS),
    also=N_("a Stop link works for good"),
)
DATA_LINK = Kept(
    N_("The link to your own data"),
    timedelta(hours=24),
    N_("the mail"),
    also=N_("after that it opens nothing; what is left of it goes with the other links"),
)
DATA_REQUEST = Kept(
    N_("An address typed to ask for one’s own data, sealed"),
    _days(2),
    N_("the request"),
    _by(NOTIFY, _ROWS),
    also=N_("or until it is erased"),
)
ERASED = Kept(
    N_("A mark that you had everything erased, made of your address, which we cannot read back; it keeps what is erased from returning"),
    ARCHIVE_LIFETIME + TOPICS["events.v1"].lifetime,
    N_("your asking"),
    (*_by(NOTIFY, _ROWS), *_by(PLEDGE, _ERASED), *_by(EVENTS, _ERASED)),
)
HEARD = Kept(
    N_("What our part for mails heard of a pledge or a place, by codes: taken back, answered, placed"),
    LEDGER.lasts,
    N_("the news"),
    _by(NOTIFY, _ROWS),
)

# On its way

MESSAGES = Kept(
    N_("Messages between our own services: codes and numbers, and what groups published; nobody’s name or address"),
    ARCHIVE_LIFETIME,
    N_("the message"),
    _MESSAGES,
)
CORRELATION = Kept(
    N_("A number that ties a message to the click that began it, for finding faults"),
    CORRELATION_KEPT,
    N_("the message"),
    (*_MESSAGES, *_by(NOTIFY, _ROWS)),
)
SET_ASIDE = Kept(N_("A message that could not be read, once somebody has looked at it"), _days(30), N_("their look"), _MESSAGES)
WATCHED = Kept(N_("On a developer’s own machine alone: the times of each step of a pledge"), _days(1), N_("the step"), _MESSAGES)
UNDER_WAY = Kept(
    N_("An address on its way between our services, sealed"),
    TOPICS["contacts.v1"].lifetime,
    N_("your request"),
    ((OF_THE_LOG, "contacts.v1"),),
    also=N_("or until it has arrived"),
)

# Who runs it, and who posts

STAFF = Kept(
    N_("Staff: first name, e-mail address, roles and boroughs"), WHILE_IT_SERVES, N_("the invitation"), also=N_("as long as they are staff")
)
INVITED = Kept(
    N_("Staff: the same of somebody who never answers our invitation"),
    _days(30),
    N_("the invitation"),
    _by(NOTIFY, "forget invitations that nobody took up"),
)
SESSIONS = Kept(N_("Staff and organisers: when somebody signed in"), _days(1), N_("the end of that sign-in"), _by(NOTIFY, _ROWS))
REVOKED = Kept(
    N_("Staff and organisers: that a sign-in ended early"),
    SESSION_LASTS,
    N_("that sign-in"),
    (*_by(PLEDGE, "forget sessions that have run out"), *_by(EVENTS, "forget sessions that have run out")),
)
SIGN_IN_REQUEST = Kept(
    N_("A mark that somebody asked for a sign-in link, which we cannot read back"), _days(2), N_("the request"), _by(NOTIFY, _ROWS)
)
SIGN_IN_ADDRESS = Kept(
    N_("An address typed to sign in for a group, sealed"),
    SIGN_IN_REQUEST.lasts,
    N_("the request"),
    _by(NOTIFY, _ROWS),
    also=N_("or until the link is used"),
)
STAFF_LOG = Kept(
    N_("Staff: who gave or took which role, without names once they have left"), _days(730), N_("the decision"), _by(NOTIFY, _ROWS)
)
ORGANISER = Kept(
    N_("Organisers: their e-mail address, sealed"),
    _days(730),
    N_("they last signed in"),
    _by(NOTIFY, _ADDRESSES),
    also=N_("or until “this wasn’t me”"),
)
# A day longer than the address: a link of the last day is used up until then.
ORGANISERS_LINKS = Kept(
    N_("Organisers: when they last used a link, under a mark made of the address"),
    ORGANISER.lasts + _days(1),
    N_("they last signed in"),
    _by(NOTIFY, _ROWS),
)
A_GROUP = Kept(
    N_("A group: what it says of itself; its phone numbers and who looks after safeguarding, encrypted"),
    WHILE_IT_SERVES,
    N_("it was last saved"),
    also=N_("as long as it posts; as a draft while nobody has read it"),
)
POSTS = Kept(N_("What a group posts"), WHILE_IT_SERVES, N_("its last change"), also=N_("as long as the group posts"))
DRAFT = Kept(
    N_("A draft, and what we sent back with a question"),
    _days(365),
    N_("it was last saved"),
    _by(EVENTS, "forget drafts that nobody saves"),
    also=N_("or until its group deletes it"),
)
POST_FORM = Kept(N_("What stops a double tap from making two groups or two posts"), timedelta(hours=24), N_("the form"), _by(EVENTS, _KEYS))
ASKED_TO_HELP = Kept(
    N_("An address that a group asked to help run it, sealed"),
    UNCONFIRMED.lasts,
    N_("our mail to it"),
    _by(NOTIFY, "expire what nobody confirmed"),
    also=N_("if nobody says yes"),
)
LISTING = Kept(
    N_("For our first page: title, time and borough of an event, as its group published it"),
    _days(30),
    N_("its end"),
    _by(PLEDGE, "forget events that are over"),
)
# As long as a lost log may be filled again from the archive, and lie there: until then an earlier message may still come.
LISTING_MARK = Kept(
    N_("That it was there, without a word of it"),
    ARCHIVE_LIFETIME + TOPICS["events.v1"].lifetime,
    N_("then"),
    _by(PLEDGE, "forget events that are over"),
)
NOTE_ARRIVED = Kept(
    N_("Organisers: that a note to one of them has arrived"), _days(1), N_("the note"), _by(EVENTS, "forget notes that have arrived")
)
NOTE_UNDER_WAY = Kept(
    N_("Organisers: a note to one of them that cannot arrive, sealed"),
    _days(35),
    N_("the note"),
    _by(EVENTS, "forget notes that have arrived"),
)
# Longer than a mail that needs one may wait.
NOTE_HEARD = Kept(N_("Organisers: a note to one of them that has arrived, sealed"), _days(8), N_("the note"), _by(NOTIFY, _ROWS))
# As long as the mail that tells of it may wait.
HELD_TEXTS = Kept(N_("Staff: that words were set apart, and where; not the words"), NOTE_HEARD.lasts, N_("that moment"), _by(NOTIFY, _ROWS))
POST_COPIES = Kept(
    N_("For our mails: title, time and link of what a group published"), LEDGER.lasts, N_("its last change"), _by(NOTIFY, _ROWS)
)

# What a review leaves

HARD_WORDS = Kept(
    N_("Words in a form that may tell of danger, set apart for the safeguarding team, encrypted"),
    _days(90),
    N_("their decision"),
    _by(EVENTS, _REVIEW),
)
REPORT = Kept(
    N_("What you write when you report a page, encrypted; we do not ask who you are"), _days(90), N_("our decision"), _by(EVENTS, _REVIEW)
)
DECISION = Kept(N_("Staff: what a reviewer decided, without its secrets"), _days(730), N_("the decision"), _by(EVENTS, _REVIEW))
DECISION_NAME = Kept(N_("Staff: the first name beside it"), _days(90), N_("the decision"), _by(EVENTS, _REVIEW))
CAMPAIGN_DESK = Kept(
    N_("Staff: figures of the campaign, posters, what was struck out as abuse, and each pause, with why; nobody’s name"),
    FOR_GOOD,
    N_("the decision"),
    also=N_("as long as the numbers stand"),
)

POSTCODE = Kept(N_("Your postcode"), timedelta(0), N_("your request"), also=N_("not kept at all: we find the borough, then forget it"))

RETENTION = (
    *(A_PLEDGE, EXACT_TIME, PLEDGE_FORM, UNCONFIRMED, AFTER_NUDGE),
    *(A_PLACE, PLACE_LINK, PLACE_PERSON, PLACE_ADDRESS, PLACE_ADDRESS_UNHEARD, A_SIGN_UP, SIGN_UP_FORM, HOW_MANY_CAME),
    *(NOT_ME, NOT_NOW, STOPPED, LEDGER, FIRST_MAILS, LINKS, DATA_LINK, DATA_REQUEST, ERASED, HEARD),
    *(MESSAGES, CORRELATION, SET_ASIDE, WATCHED, UNDER_WAY),
    *(STAFF, INVITED, SESSIONS, REVOKED, SIGN_IN_REQUEST, SIGN_IN_ADDRESS, STAFF_LOG, ORGANISER, ORGANISERS_LINKS),
    *(
        A_GROUP,
        POSTS,
        DRAFT,
        POST_FORM,
        ASKED_TO_HELP,
        LISTING,
        LISTING_MARK,
        NOTE_ARRIVED,
        NOTE_UNDER_WAY,
        NOTE_HEARD,
        HELD_TEXTS,
        POST_COPIES,
    ),
    *(HARD_WORDS, REPORT, DECISION, DECISION_NAME, CAMPAIGN_DESK, POSTCODE),
)
