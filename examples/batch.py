"""Reads the pictures and PDFs below a folder, and writes the text of each below another one.

python examples/batch.py scans texts
"""

import sys
from pathlib import Path

from entrypoints.library import ReadPage, read
from ocrcore.domain.errors import OcrError

SUFFIXES = {".jpg", ".pdf", ".png", ".tif"}
#: Files of one call: all of them are in memory.
AT_ONCE = 200


def show(done: int, total: int) -> None:
    """Show how far the call is."""
    print(f"{done} of {total} pages", end="\r", file=sys.stderr)


def read_batch(files: list[Path], source: Path, target: Path) -> bool:
    """Write the texts of some files, and return whether every page was read."""
    try:
        reading = read(files, languages="eng", on_progress=show)
    except OcrError as error:  # no page of any of these files has a text, and this is the first reason
        print(f"No text in {len(files)} files from {files[0]} on: {error}", file=sys.stderr)
        return False
    pages: dict[Path, list[ReadPage]] = {file: [] for file in files}
    for page in reading.pages:
        pages[files[page.index]].append(page)
    for file, of_file in pages.items():
        for page in of_file:
            if page.error is not None:
                print(f"{file}: {page.error}", file=sys.stderr)
        if texts := [page.text for page in of_file if page.error is None]:  # or an earlier result stays
            place = target / file.relative_to(source).with_name(f"{file.name}.txt")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("\f".join(texts) + "\n")
    return all(page.error is None for page in reading.pages)


if __name__ == "__main__":
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    begins = range(0, len(files), AT_ONCE)
    read_well = [read_batch(files[begin : begin + AT_ONCE], source, target) for begin in begins]
    sys.exit(0 if all(read_well) else 1)
