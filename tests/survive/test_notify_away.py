"""notify is stopped, and what was offered to it on contacts.v1 is gone before it is back."""

import uuid

import pytest
from kafka import KafkaAdminClient

from tests.support.crowd import pledge
from tests.support.fleet import Fleet, names
from tests.support.waiting import until
from tests.support.wholeness import settled, whole
from tests.support.wire import prepare, read_log

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof]

A_DAY_AND_MORE = 25 * 3_600


def test_an_emptied_topic_costs_no_mail(living: Fleet) -> None:
    """The owner kept what it offered, and offers it again a day later: every mail comes once, and the copies are dropped."""
    db, notify = living.database("pledge"), [name for name in names("worker", "consumer", "sender") if name.startswith("notify")]
    living.stop(*notify)
    addresses = [f"person-{uuid.uuid4().hex[:12]}@example.org" for _ in range(3)]
    asked = [pledge(living.base, 0, email=address, consents={"reminders": True}) for address in addresses]
    assert {answer.status for answer in asked} == {201}
    until(lambda: db.pledges.count_documents({"pending_since": {"$exists": True}}) == 0, "they are offered")
    empty(living, "contacts.v1")
    assert read_log(living.broker, "contacts.v1") == []
    living.start(*notify)
    assert db.pledges.count_documents({"offer.due": {"$exists": True}}) == 3, "pledge keeps them"
    living.start("pledge-worker", beside="-tomorrow", CLOCK_OFFSET=A_DAY_AND_MORE)  # by its clock the other one's lease is over
    until(lambda: set(addresses) <= {mail.to for mail in living.mail.taken}, "every mail has come", 30)
    until(lambda: db.pledges.count_documents({"offer.due": {"$exists": True}}) == 0, "the copies are dropped")
    living.stop("pledge-worker-tomorrow")
    settled(living)
    came = [mail.to for mail in living.mail.taken if mail.to in addresses]
    assert sorted(came) == sorted(addresses)
    whole(living, [answer.made or {} for answer in asked])


def empty(living: Fleet, topic: str) -> None:
    """As when its lifetime has run out."""
    admin = KafkaAdminClient(bootstrap_servers=[living.broker.bootstrap])
    try:
        admin.delete_topics([topic])
    finally:
        admin.close()
    prepare(living.broker)
