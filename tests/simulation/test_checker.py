import ast
from pathlib import Path
from uuid import UUID

import pytest

from ocrcore.domain.task import Task
from ocrcore.testing import simulation
from ocrcore.testing.simulation.bodies import task_of
from ocrcore.testing.simulation.kernel import START

_SIMULATION = Path(simulation.__file__).parent
_PRODUCT = ("ocrcore.domain", "ocrcore.application", "ocrcore.formats")


def test_messages_are_read_by_a_reader_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(body: str) -> Task:
        raise ValueError(body)

    task = Task(UUID(int=1), UUID(int=2), "bucket", "jobs/1/2.png", START)
    monkeypatch.setattr(Task, "from_json", refuse)
    assert task_of(task.to_json()) == task
    assert [task_of(body) for body in ("no json", "[]", '{"job_id": 1}')] == [None] * 3


@pytest.mark.parametrize(
    "checker",
    [
        *("checker", "client_history", "commit_checker", "correction_checker", "hook_checker", "keeping_checker"),
        *("liveness", "look_checker", "owner_checker", "row_checker"),
    ],
)
def test_a_checker_takes_types_from_the_product_and_none_of_its_rules(checker: str) -> None:
    tree = ast.parse((_SIMULATION / f"{checker}.py").read_text())
    taken = [
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(_PRODUCT)
        for name in node.names
    ]
    assert taken
    assert [name for name in taken if name.isupper() or name.islower()] == []
