"""Small damage to bytes: what disks, networks and attackers do to them."""

from random import Random
from typing import Final

#: Bytes and numbers at which parsers go wrong: limits, signs, line ends, quotes.
_INTERESTING: Final = (
    *(b"\0", b"\xff", b"\x7f", b"\x80", b"\r", b"\n", b"\r\n", b"--", b'"', b"\\", b";", b"=", b":", b"\r\n\r\n"),
    *(
        b"\0\0",
        b"\xff\xff",
        b"\x7f\xff",
        b"\x80\0",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\0\0\0\x01",
    ),
)
#: Longest stretch that is moved, doubled or dropped.
_STRETCH: Final = 64


def mutated(random: Random, content: bytes, most: int = 6) -> bytes:
    """Return the content after 1 to ``most`` mutations."""
    changed = bytearray(content)
    for _ in range(random.randint(1, most)):
        random.choice(_MUTATIONS)(random, changed)
    return bytes(changed)


def _place(random: Random, content: bytearray) -> int:
    """Return a place, in half of the cases near the start, where headers are."""
    end = len(content) if random.random() < 0.5 else min(len(content), 256)
    return random.randint(0, end)


def _flip(random: Random, content: bytearray) -> None:
    if content:
        content[min(_place(random, content), len(content) - 1)] ^= 1 << random.randrange(8)


def _overwrite(random: Random, content: bytearray) -> None:
    place, value = _place(random, content), random.choice(_INTERESTING)
    content[place : place + len(value)] = value


def _insert(random: Random, content: bytearray) -> None:
    place = _place(random, content)
    content[place:place] = random.choice(_INTERESTING)


def _scramble(random: Random, content: bytearray) -> None:
    place, length = _place(random, content), random.randint(1, 8)
    content[place : place + length] = random.randbytes(length)


def _drop(random: Random, content: bytearray) -> None:
    place = _place(random, content)
    del content[place : place + random.randint(1, _STRETCH)]


def _double(random: Random, content: bytearray) -> None:
    place = _place(random, content)
    content[place:place] = content[place : place + random.randint(1, _STRETCH)] * random.choice((1, 2, 50))


def _move(random: Random, content: bytearray) -> None:
    place, length = _place(random, content), random.randint(1, _STRETCH)
    stretch = content[place : place + length]
    del content[place : place + length]
    other = _place(random, content)
    content[other:other] = stretch


def _cut(random: Random, content: bytearray) -> None:
    if random.random() < 0.3:
        del content[_place(random, content) :]


_MUTATIONS: Final = (_flip, _overwrite, _insert, _scramble, _drop, _double, _move, _cut)
