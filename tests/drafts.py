"""Drafts for the tests, with and without their uploads."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from ocrcore import Job
from ocrcore.domain.uploads import AnnouncedFile
from worlds import World, picture


def announced(*contents: bytes) -> Sequence[AnnouncedFile]:
    return [AnnouncedFile(f"{number}.png", len(content), "image/png") for number, content in enumerate(contents)]


def a_draft(world: World, *contents: bytes) -> Job:
    """Return a draft of these files, none of which is uploaded."""
    return world.owned.draft(announced(*(contents or (picture(),)))).job


def upload(world: World, draft: Job, *contents: bytes) -> None:
    for number, content in enumerate(contents):
        world.owned.upload(draft.id, number, io.BytesIO(content))


def uploaded(world: World, *contents: bytes) -> Job:
    """Return a draft of these files, all of which are uploaded."""
    draft = a_draft(world, *contents)
    upload(world, draft, *contents)
    return draft


def keys(world: World, prefix: str = "") -> Sequence[str]:
    return world.context.documents.keys(prefix, 100)


def during(world: World, verb: str, do: Callable[[], object]) -> None:
    """Do something right before the next call of a verb of the uploads."""
    port: Any = world.context.uploads
    call = getattr(port, verb)

    def with_it(*args: object) -> object:
        setattr(port, verb, call)
        do()
        return call(*args)

    setattr(port, verb, with_it)
