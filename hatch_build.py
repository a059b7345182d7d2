"""The build of a wheel: it gets the manual page, and the scripts by which shells complete commands."""

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Shell -> where packages put its script.
_PLACES: Final = {
    "bash": "share/bash-completion/completions/ocrcore",
    "zsh": "share/zsh/site-functions/_ocrcore",
    "fish": "share/fish/vendor_completions.d/ocrcore.fish",
}


class SharedFiles(BuildHookInterface[Any]):
    """Writes the files from the texts of the commands, which are imported from the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Write the files, and have them packed."""
        sys.path.insert(0, str(Path(self.root) / "src"))
        from entrypoints.cli import main  # noqa: PLC0415 - only now can it be found
        from entrypoints.cli.completion import script  # noqa: PLC0415
        from entrypoints.cli.manual import manual  # noqa: PLC0415

        self._folder = tempfile.TemporaryDirectory()
        texts = {place: script(main, shell) for shell, place in _PLACES.items()}
        texts["share/man/man1/ocrcore.1"] = manual(main)
        for place, text in texts.items():
            file = Path(self._folder.name) / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            build_data["shared_data"][str(file)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the files."""
        self._folder.cleanup()
