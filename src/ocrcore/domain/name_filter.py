"""Finding jobs by what people remember of their names."""

from dataclasses import dataclass

from ocrcore.domain.folding import units_of


@dataclass(frozen=True, slots=True)
class NameFilter:
    """A text that names are looked for with: every word of it is somewhere in the name, in any order.

    Case and accents do not count, and a word may be a part of a longer one: "voice mar" finds "Invoice March". A text
    without a letter or digit is looked for as it is; an empty one is in every name.
    """

    text: str

    def passes(self, name: str) -> bool:
        """Return whether a job of this name is found."""
        words = [unit.text for unit in units_of(self.text)]
        if not words:
            return self.text.strip() in name
        folded = " ".join(unit.text for unit in units_of(name))
        return all(word in folded for word in words)
