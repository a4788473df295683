"""What can be wrong with a post, a group or a held text in events' own store, made wrong once each."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from services.events.operations import decisions
from services.events.operations.examine import overdue
from services.events.rules.posts import PUBLISH
from shared.messaging import archive
from shared.messaging.findings import AMISS, DOUBLED, LOST
from tests.audit.auditing import Found
from tests.audit.posting import Posted
from tests.audit.world import World
from tests.support.builders import an_id

Break = Callable[[World, Posted], Found]


def change(world: World, id_: str, name: str = "posts", **operators: dict[str, Any]) -> None:
    operators = {f"${operator}": value for operator, value in operators.items()}
    assert world.events.db[name].update_one({"_id": id_}, operators).modified_count == 1


def unsay(world: World, id_: str, type_: str) -> None:
    """Take back a message as if it had never been told: the archive's row, and its place in the sequence."""
    row = world.events.db[archive.COLLECTION].find_one({"subject": id_, "type": type_}, sort=[("sequence", -1)])
    assert row
    world.events.db[archive.COLLECTION].delete_one({"_id": row["_id"]})
    for later in list(world.events.db[archive.COLLECTION].find({"subject": id_, "sequence": {"$gt": row["sequence"]}})):
        world.events.db[archive.COLLECTION].update_one({"_id": later["_id"]}, {"$inc": {"sequence": -1}})
    name = "posts" if world.events.db["posts"].find_one({"_id": id_}) else "groups"
    name = "held" if world.events.db["held"].find_one({"_id": id_}) else name
    change(world, id_, name, inc={"outbox_base": -1})


def lose_archive_row(world: World, posted: Posted) -> Found:
    world.events.db[archive.COLLECTION].delete_one({"subject": posted.changed.id, "type": "event.published.v1"})
    return {(LOST, "archive-row-missing", posted.changed.id)}


def publish_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.found.id, "event.published.v1")
    return {(LOST, "told-otherwise", posted.found.id)}


def change_untold(world: World, posted: Posted) -> Found:
    """People see another edition than was told."""
    change(world, posted.found.id, inc={"edition": 1})
    return {(LOST, "told-otherwise", posted.found.id)}


def retitle_by_hand(world: World, posted: Posted) -> Found:
    change(world, posted.found.id, set={"live.title": "Words that nobody has read"})
    return {(LOST, "told-otherwise", posted.found.id)}


def cancel_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.cancelled.id, "event.cancelled.v1")
    return {(LOST, "told-otherwise", posted.cancelled.id)}


def take_down_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.taken_down.id, "event.taken-down.v1")
    return {(LOST, "told-otherwise", posted.taken_down.id)}


def end_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.ended.id, "initiative.taken-down.v1")
    return {(LOST, "told-otherwise", posted.ended.id)}


def put_back_by_hand(world: World, posted: Posted) -> Found:
    """Whoever copies an old document over it: it is shown, and everybody was told that it is not."""
    change(world, posted.taken_down.id, set={"state": "published", "listed": posted.found.listed})
    return {(LOST, "told-otherwise", posted.taken_down.id)}


def wait_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.waiting.id, "post.submitted.v1")
    return {(LOST, "told-otherwise", posted.waiting.id)}


def be_forgotten_by_the_queue(world: World, posted: Posted) -> Found:
    change(world, posted.unread.id, unset={"submitted_at": 1})
    return {(DOUBLED, "told-otherwise", posted.unread.id)}


def lose_post(world: World, posted: Posted) -> Found:
    world.events.db["posts"].delete_one({"_id": posted.found.id})
    return {(LOST, "document-gone", posted.found.id)}


def lose_group(world: World, posted: Posted) -> Found:
    world.events.db["groups"].delete_one({"_id": posted.paused.id})
    return {
        (LOST, "document-gone", posted.paused.id),
        (LOST, "group-gone", posted.hidden.id),
        (AMISS, "listed-otherwise", posted.hidden.id),
    }


def list_what_is_paused(world: World, posted: Posted) -> Found:
    change(world, posted.hidden.id, set={"listed": posted.found.listed})
    return {(AMISS, "listed-otherwise", posted.hidden.id)}


def list_what_is_taken_down(world: World, posted: Posted) -> Found:
    change(world, posted.taken_down.id, set={"listed": posted.found.listed})
    return {(AMISS, "listed-otherwise", posted.taken_down.id)}


def hide_what_is_published(world: World, posted: Posted) -> Found:
    change(world, posted.always.id, unset={"listed": 1})
    return {(AMISS, "listed-otherwise", posted.always.id)}


def publish_with_no_decision(world: World, posted: Posted) -> Found:
    world.events.db["decisions"].delete_many({"about_id": posted.found.id})
    return {(AMISS, "published-by-nobody", posted.found.id)}


def publish_what_came_to_nothing(world: World, posted: Posted) -> Found:
    row = world.events.db["decisions"].find_one({"about_id": posted.found.id, "what": PUBLISH})
    assert row
    decisions.log_overtaken({"id": row["_id"], "by": row["by"]}, ("event", posted.found.id), world.clock())
    return {(AMISS, "published-by-nobody", posted.found.id)}


def decide_and_forget(world: World, posted: Posted) -> Found:
    decision, due = {"id": an_id(), "what": PUBLISH, "by": an_id()}, world.clock() - timedelta(minutes=2)
    change(world, posted.waiting.id, set={"decision": decision, "decision_due": due})
    assert [(one.name, one.about) for one in overdue(world.clock())] == [("decision-late", posted.waiting.id)]
    return {(AMISS, "decision-late", posted.waiting.id)}


def decide_unseen(world: World, posted: Posted) -> Found:
    change(world, posted.waiting.id, set={"decision": {"id": an_id(), "what": PUBLISH, "by": an_id()}})
    return {(LOST, "decision-unseen", posted.waiting.id)}


def close_for_ever(world: World, posted: Posted) -> Found:
    unsay(world, posted.cancelled.id, "event.cancelled.v1")
    change(world, posted.cancelled.id, set={"state": "closing", "closing_at": world.clock() - timedelta(minutes=2)})
    return {(AMISS, "closing-late", posted.cancelled.id)}


def close_unseen(world: World, posted: Posted) -> Found:
    unsay(world, posted.cancelled.id, "event.cancelled.v1")
    change(world, posted.cancelled.id, set={"state": "closing"})
    return {(LOST, "closing-unseen", posted.cancelled.id)}


def go_on_after_the_end(world: World, posted: Posted) -> Found:
    change(world, posted.found.id, set={"ends_at": world.clock() - timedelta(minutes=11)})
    return {(AMISS, "past-late", posted.found.id)}


def tell_beyond(world: World, posted: Posted) -> Found:
    change(world, posted.draft.id, set={"state": "draft", "outbox_base": 0, "made_at": world.clock()})
    row = world.events.db[archive.COLLECTION].find_one({"subject": posted.found.id})
    assert row
    world.events.db[archive.COLLECTION].insert_one({**row, "_id": an_id(), "subject": posted.draft.id})
    return {(DOUBLED, "told-beyond", posted.draft.id)}


def approve_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.group.id, "group.decided.v1")
    return {(LOST, "told-otherwise", posted.group.id)}


def pause_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.paused.id, "group.paused.v1")
    return {(LOST, "told-otherwise", posted.paused.id)}


def hold_untold(world: World, posted: Posted) -> Found:
    unsay(world, posted.held, "text.held.v1")
    return {(LOST, "held-untold", posted.held)}


def hold_unseen(world: World, posted: Posted) -> Found:
    change(world, posted.held, "held", unset={"waiting_since": 1})
    return {(LOST, "held-unseen", posted.held)}


OF_THE_DOCTOR: Sequence[Break] = (
    lose_archive_row,
    publish_untold,
    change_untold,
    retitle_by_hand,
    cancel_untold,
    take_down_untold,
    end_untold,
    put_back_by_hand,
    wait_untold,
    be_forgotten_by_the_queue,
    lose_post,
    lose_group,
    list_what_is_paused,
    list_what_is_taken_down,
    hide_what_is_published,
    publish_with_no_decision,
    publish_what_came_to_nothing,
    decide_and_forget,
    decide_unseen,
    close_for_ever,
    close_unseen,
    go_on_after_the_end,
    tell_beyond,
    approve_untold,
    pause_untold,
    hold_untold,
    hold_unseen,
)
