"""Letters that look alike, told apart by their height and their place on the line."""

import pytest

from adapters.imaging.pdf.look_alikes import may_be_mistaken
from adapters.imaging.pdf.paragraphs import Letter

#: Letter -> how far it reaches above and below the line, of a font of size 10 with lining and with old-style figures.
LINING = {"x": (5, 0), "1": (7, 0), "3": (7, 0), "o": (5.1, 0.1), "0": (7.1, 0.1), "9": (7, 0.1), "g": (5, 2)}
OLD_STYLE = LINING | {"1": (5, 0), "3": (5, 2), "0": (5.1, 0.1), "9": (5, 2)}


def shown(text: str, shapes: dict[str, tuple[float, float]], drawn: dict[str, str] | None = None) -> list[Letter]:
    """Return letters on a line; ``drawn`` has those that look like others."""
    reach = [shapes[(drawn or {}).get(letter, letter)] for letter in text]
    return [
        Letter(letter, (6.0 * at, 20 - above, 6.0 * at + 5, 20 + below), 10, 0, 0, after_blank=False)
        for at, (letter, (above, below)) in enumerate(zip(text, reach, strict=True))
    ]


@pytest.mark.parametrize("shapes", [LINING, OLD_STYLE])
def test_letters_of_an_honest_font_are_what_they_seem(shapes: dict[str, tuple[float, float]]) -> None:
    assert not may_be_mistaken(shown("xox10x3x9xg", shapes))


@pytest.mark.parametrize(("text", "drawn"), [("xox", "0"), ("1x0", "o"), ("xg", "9"), ("x3x9", "g")])
def test_a_letter_with_the_shape_of_another_is_found_out(text: str, drawn: str) -> None:
    assert may_be_mistaken(shown(text, LINING, {next(letter for letter in text if letter in "o0g9"): drawn}))


def test_letters_without_others_to_compare_with_are_let_be() -> None:
    assert not may_be_mistaken(shown("0o9g", LINING))
