"""What one owner may have of the service at a time, so that the others have the rest."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from integration.http.keyed_house import SETTINGS, Answer, House, SlowClients, ask
from worlds import picture

#: Bytes of the file of the job that a house has.
FILE = len(picture("A"))


@contextmanager
def house_with_room(most: int) -> Iterator[House]:
    """Yield a service that has room for so many bytes of answers."""
    house = House(replace(SETTINGS, max_upload_bytes=most))
    yield house
    house.close()


async def read(house: House, caller: str, target: str, slow: SlowClients | None = None) -> Answer:
    return await ask(house.app, "GET", target, {"authorization": f"Bearer {house.texts[caller]}"}, b"", slow=slow)


def test_answers_that_an_owner_reads_slowly_keep_no_other_owner_out() -> None:
    with house_with_room(4 * FILE) as house:
        ours = f"/api/v1/items/{house.names['item_id']}/image?original=1"
        house.owner = "bob"
        house.fill()
        theirs = f"/api/v1/items/{house.names['item_id']}/image?original=1"

        async def crowd() -> tuple[list[Answer], Answer]:
            slow = SlowClients()
            sent = [asyncio.create_task(read(house, "reader", ours, slow)) for _ in range(4)]
            for _ in sent:
                await slow.answered.acquire()
            other = await read(house, "other", theirs)
            slow.read()
            return list(await asyncio.gather(*sent)), other

        answers, other = house.loop.run_until_complete(crowd())
    assert sorted(answer.status for answer in answers) == [200, 200, 503, 503]
    assert (other.status, other.body) == (200, picture("A"))
