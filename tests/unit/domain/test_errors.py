import inspect
import re

import pytest

from ocrcore.domain import errors
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import DatabaseFull, JobNotFound, OcrError, QueueFull, Refusal, StorageFull, Unavailable

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, OcrError)]
REFUSALS = [kind for kind in CLASSES if issubclass(kind, Refusal) and not kind.__subclasses__()]
BRANCH = re.compile(r"^    ([│ ├└─]*)([A-Z]\w+)", re.MULTILINE)


def drawn() -> set[tuple[str, str]]:
    """Child and parent, as the tree in the docstring draws them."""
    edges, path = set(), ["Exception"]
    for indent, name in BRANCH.findall(errors.__doc__ or ""):
        depth = len(indent) // 4 + 1
        path[depth:] = [name]
        edges.add((name, path[depth - 1]))
    return edges


def test_the_tree_that_is_drawn_is_the_tree_that_grows() -> None:
    assert drawn() == {(kind.__name__, kind.__base__.__name__) for kind in CLASSES if kind.__base__}


def test_no_two_refusals_share_a_code() -> None:
    assert len({kind.code for kind in REFUSALS}) == len(REFUSALS)


@pytest.mark.parametrize("kind", REFUSALS)
def test_each_refusal_has_a_code_and_says_a_sentence(kind: type[Refusal]) -> None:
    assert kind.code in ProblemCode
    assert re.fullmatch(r"[A-Z].*\.", str(kind()))


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_closer_sentence_takes_its_place(kind: type[Refusal]) -> None:
    assert str(kind("Closer.")) == "Closer."


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_can_name_the_file_that_caused_it(kind: type[Refusal]) -> None:
    error = kind("Too bad.").at(2)
    assert (type(error), error.index, str(error)) == (kind, 2, "File 3: Too bad.")


def test_a_refusal_names_no_file_by_itself() -> None:
    assert JobNotFound().index is None


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, Unavailable)])
def test_what_is_unavailable_has_a_code(kind: type[Unavailable]) -> None:
    codes = {
        ProblemCode.STORAGE_UNAVAILABLE,
        ProblemCode.DATABASE_UNAVAILABLE,
        ProblemCode.STORAGE_FULL,
        ProblemCode.ISSUER_UNAVAILABLE,
    }
    assert kind.code in codes
    assert (kind.code is ProblemCode.STORAGE_FULL) == (kind in {StorageFull, DatabaseFull, QueueFull})


@pytest.mark.parametrize("kind", CLASSES)
def test_each_error_says_what_it_is(kind: type[OcrError]) -> None:
    assert (kind.__doc__ or "").rstrip().endswith(".")
