from collections.abc import Sequence

import numpy as np
import pytest

from adapters.ppocr.readings import Reading
from adapters.ppocr.recognition import Recogniser, without_halves
from adapters.ppocr.runtime import Floats, Run, Runtime
from unit.adapters.ppocr.lines import line

#: A blank of CTC and the letter of each number of inked columns.
LETTERS = ("", "a", "b", "c", "d", "e", "f")


def runtime(step: int, batch: int) -> Runtime:
    def load(_: bytes) -> Run:
        raise NotImplementedError

    return Runtime(load, step, batch, with_tiny=False)


def read(widths: Sequence[int], *, step: int, batch: int) -> tuple[str, list[tuple[int, int]]]:
    """Return the letter of each line, and number and width of the lines that were read at once."""
    shapes: list[tuple[int, int]] = []

    def run(values: Floats) -> Floats:
        shapes.append((values.shape[0], values.shape[3]))
        answers = np.zeros((len(values), 8, len(LETTERS)), np.float32)
        answers[:, 1:, 0] = 1
        for place, inked in enumerate((values[:, 0, 0] == -1).sum(axis=1) // 8):
            answers[place, 0, inked] = 1
        return answers

    lines = [line(range(at % 6 + 1), columns=width) for at, width in enumerate(widths)]
    found = Recogniser(run, LETTERS, runtime(step, batch)).read_all(lines)
    return "".join("".join(each.letters) for each in found), shapes


def test_lines_of_one_width_are_read_at_once_and_keep_their_order() -> None:
    text, shapes = read([20, 40, 20, 40, 20, 40], step=8, batch=3)
    assert text == "abcdef"
    assert sorted(shapes) == [(3, 160), (3, 320)]


def test_lines_beyond_whole_batches_are_read_one_by_one() -> None:
    text, shapes = read([20] * 6, step=8, batch=4)
    assert text == "abcdef"
    assert sorted(shapes) == [(1, 160), (1, 160), (4, 160)]


@pytest.mark.parametrize(("width", "step", "padded"), [(6, 8, 64), (20, 64, 192), (24, 64, 192), (20, 8, 160)])
def test_lines_are_padded_to_the_step_of_the_runtime(width: int, step: int, padded: int) -> None:
    assert read([width], step=step, batch=4)[1] == [(1, padded)]


def test_no_lines_are_nothing() -> None:
    assert read([], step=8, batch=4) == ("", [])


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ("coœur", "cœur"),
        ("œeuf", "œuf"),
        ("OŒUVRE", "ŒUVRE"),
        ("coeur", "coeur"),
        ("aloès œil", "aloès œil"),
        ("œ", "œ"),
    ],
)
def test_a_half_of_a_ligature_is_not_read_beside_it(seen: str, text: str) -> None:
    found = without_halves(Reading(tuple(seen), tuple(range(len(seen))), (1.0,) * len(seen)))
    assert "".join(found.letters) == text
    assert len(found.columns) == len(found.confidences) == len(text)
