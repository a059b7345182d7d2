"""The histories that show the mutants, so that a test needs not search for them again.

``make planted`` searches and writes them. A change of the simulation makes other histories of the same seeds; then a
test searches, and takes longer until they are written anew.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: Each mutant must be found within so many histories.
SEEDS_PER_MUTANT: Final = 4000

_FILE: Final = Path(__file__).with_name("shown_by.json")


def remembered() -> dict[str, int]:
    """Return the seed of the first history that showed each mutant, by its name."""
    seeds: dict[str, int] = json.loads(_FILE.read_text())
    return seeds


def remember(seeds: Mapping[str, int]) -> None:
    """Write the seeds of the first histories that show the mutants, by their names."""
    _FILE.write_text(json.dumps(dict(seeds), indent=1, sort_keys=True) + "\n")
