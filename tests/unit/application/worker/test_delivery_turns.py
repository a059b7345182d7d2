from uuid import UUID

from calls import calls_of
from ocrcore.application.worker.attempt import Delivery
from ocrcore.application.worker.delivery_turns import _MOST, DeliveryTurns
from ocrcore.domain.task import Task
from ocrcore.testing.builders import START, an_id


def delivery(name: str) -> Delivery:
    """Return the delivery of an owner, a job and a page: ``a1x`` is page x of the first job of a."""
    owner, job, page = name[0], name[1], name[2]
    job_id = an_id(ord(owner) * 10 + int(job))
    task = Task(job_id, UUID(int=ord(page)), "bucket", f"jobs/{job_id}/{page}.png", START)
    return Delivery(task, receipt=name, group=owner)


def served(names: str) -> str:
    """Return the names in the order in which deliveries get slots, one after the other."""
    turns, order = DeliveryTurns(delivery(name) for name in names.split()), []
    while turns:
        first = next(iter(turns))
        turns.take(first)
        order.append(first.receipt)
    return " ".join(order)


def test_deliveries_of_one_job_stay_in_their_order() -> None:
    assert served("a1x a1y a1z") == "a1x a1y a1z"


def test_owners_take_turns() -> None:
    assert served("a1x a1y a1z b1x b1y c1x") == "a1x b1x c1x a1y b1y a1z"


def test_an_owner_with_many_jobs_gets_no_more_turns() -> None:
    assert served("a1x a2x a3x a4x b1x b1y") == "a1x b1x a2x b1y a3x a4x"


def test_the_jobs_of_an_owner_take_turns() -> None:
    assert served("a1x a1y a1z a2x a2y") == "a1x a2x a1y a2y a1z"


def test_who_comes_later_is_served_before_those_who_were() -> None:
    turns = DeliveryTurns([delivery("a1x")])
    turns.take(delivery("a1x"))
    turns.add(delivery(name) for name in ("a1y", "a1z", "b1x"))
    assert [one.receipt for one in turns] == ["b1x", "a1y", "a1z"]


def test_the_order_is_that_in_which_they_are_served() -> None:
    names = "a1x a1y a2x b1x b2x c1x"
    ahead = [one.receipt for one in DeliveryTurns(delivery(name) for name in names.split())]
    assert " ".join(ahead) == served(names)


def test_who_was_served_longest_ago_is_forgotten() -> None:
    turns = DeliveryTurns()
    for number in range(_MOST + 1):
        one = Delivery(delivery("a1x").task, "r", group=str(number))
        turns.add([one])
        turns.take(one)
    assert len(turns._owners) == _MOST
    assert "0" not in turns._owners


def test_what_was_put_back_is_the_first_of_its_job_again() -> None:
    turns = DeliveryTurns(delivery(name) for name in ("a1x", "a1y"))
    turns.take(delivery("a1x"))
    turns.put_back(delivery("a1x"))
    assert [one.receipt for one in turns] == ["a1x", "a1y"]
    assert len(turns) == 2
    turns.clear()
    assert (list(turns), len(turns)) == ([], 0)


def test_to_see_the_first_of_a_thousand_is_as_little_work_as_of_two() -> None:
    few, many = (DeliveryTurns(delivery("a1x") for _ in range(number)) for number in (2, 1000))
    assert calls_of(lambda: next(iter(many))) == calls_of(lambda: next(iter(few)))
