from typing import Any

from adapters.memory.engine import MemoryEngine
from ocrcore import Policy
from ocrcore.application.context import Context
from worlds import World


def test_the_contexts_of_two_processes_share_every_stateful_port() -> None:
    world = World()
    one, shared = world.context, world.context.ports()
    names = ("imaging", "page_images", "pdf_writer", "ids", "meter", "receivers", "cipher")
    own: dict[str, Any] = {name: getattr(one, name) for name in names}
    another = Context(**shared, **own, engine=MemoryEngine(), policy=Policy(max_attempts=1))
    assert len(shared) == 21
    assert all(getattr(another, name) is getattr(one, name) is port for name, port in shared.items())
    assert another.reads is not one.reads
