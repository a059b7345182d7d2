"""The documents speak of what there is."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from draw_lifecycle import PICTURE, picture
from ocrcore.testing.simulation.invariants import Invariant

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
ADAPTERS = (ROOT / "docs/adapters.md").read_text()


def _tests() -> Iterator[str]:
    for path in (*ROOT.glob("tests/**/*.py"), *ROOT.glob("src/ocrcore/testing/**/*.py")):
        yield from re.findall(r"def (test_\w+)", path.read_text())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)\)", document.read_text()):
        assert link.startswith("https://") or (document.parent / link).exists(), link


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", "\n".join(path.read_text() for path in DOCUMENTS)))
    assert named
    assert named <= set(_tests())


def test_every_checker_that_is_named_exists() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "src/ocrcore/testing/simulation").glob("*.py"))
    exist = {str(invariant.number) for invariant in Invariant if f"Invariant.{invariant.name}" in sources}
    assert exist == {str(invariant.number) for invariant in Invariant}
    guarantee = (ROOT / "docs/delivery-guarantee.md").read_text()
    named = [number for cell in re.findall(r"simulation ([\d, ]+)", guarantee) for number in re.findall(r"\d+", cell)]
    assert named
    assert set(named) <= exist


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"`make ([a-z]+)", path.read_text())}
    assert named <= targets


def test_the_life_of_an_item_is_drawn_as_the_tables_have_it() -> None:
    assert PICTURE.read_text() == picture()  # else: python scripts/draw_lifecycle.py


def test_every_port_is_documented() -> None:
    ports = {
        name
        for path in (ROOT / "src/ocrcore/ports").glob("*.py")
        for name in re.findall(r"^class (\w+)\(Protocol\)", path.read_text(), re.MULTILINE)
    }
    assert {port for port in ports - {"Stop"} if f"`{port}`" not in ADAPTERS} == set()


def test_every_suite_that_is_named_exists() -> None:
    suites = re.findall(r"`(\w+)\.(\w+Contract)`", ADAPTERS)
    assert suites
    for module, name in suites:
        assert hasattr(import_module(f"ocrcore.testing.{module}"), name)
