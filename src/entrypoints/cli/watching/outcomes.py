"""What becomes of a watched file: its result or its error, written beside the other results, noted and told.

A file is in the record only after its result, or its error, is in place under its final name. So a process that is
killed at any moment loses no file: at the next start, those that are not in the record are read again.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from entrypoints.cli.failure import Failure
from entrypoints.cli.printing import ending
from entrypoints.cli.watching.folder import WholeFile
from entrypoints.cli.watching.record import Entry, Record
from entrypoints.cli.watching.telling import Teller
from entrypoints.outputs import short_name, write_whole
from ocrcore.formats.registry import Format

_ERROR_SUFFIX: Final = ".error.json"
#: Errors of a name that is too long, or not one of this file system; that something else has; and of a size that no
#: file of it has. Time does not heal them.
_LASTING: Final = frozenset(
    {errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.ENOTDIR, errno.EISDIR, errno.EFBIG, errno.ELOOP}
)


class Outcomes:
    """Writes results and errors into a folder. Its methods raise ``OSError``, and then the file is not noted."""

    def __init__(self, record: Record, out: Path, form: Format, tell: Teller) -> None:
        self._record, self._out, self._form, self._tell = record, out, form, tell

    @property
    def form(self) -> Format:
        """The format of the results."""
        return self._form

    def succeed(
        self,
        file: WholeFile,
        sha256: str,
        result: Iterable[bytes],
        failures: Sequence[Failure],
        warnings: Sequence[str],
    ) -> None:
        """Write the result of a file, and an error if pages of it could not be read; tell what one should know."""
        target = self._beside(file, self._form.suffix)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, chain(result, ending(self._form)))
        if failures:
            self._write_errors(file, failures)
        else:
            self._remove_error(file)
        self.note(file, sha256, failures[0].code if failures else None)
        self._tell.read(file.relative, target, failures, warnings)

    def fail(self, file: WholeFile, sha256: str, failures: Sequence[Failure]) -> None:
        """Write the error of a file of which nothing could be read."""
        self._write_errors(file, failures)
        self.note(file, sha256, failures[0].code)
        self._tell.failed(file.relative, failures)

    def is_lasting(self, error: OSError, file: WholeFile) -> bool:
        """Return whether the result of a file could not be written at a later time either."""
        if not self._out.is_dir():
            return False  # as of a share that is not mounted
        parent = self._beside(file, self._form.suffix).parent
        return error.errno in _LASTING or (error.errno == errno.EEXIST and parent.is_file())

    def note(self, file: WholeFile, sha256: str, code: str | None) -> None:
        """Note that a file is read; ``code`` is that of its error."""
        self._record.add(Entry(str(file.relative), sha256, file.stamp.size, file.stamp.mtime_ns, code))

    def _write_errors(self, file: WholeFile, failures: Sequence[Failure]) -> None:
        first = failures[0]
        document = {
            "file": str(file.relative),
            "code": first.code,
            "detail": first.sentence,
            "pages": [
                {"page": failure.page, "code": failure.code, "detail": failure.sentence}
                for failure in failures
                if failure.page is not None
            ],
        }
        pieces = [json.dumps(document, indent=2).encode(), b"\n"]
        target = self._beside(file, _ERROR_SUFFIX)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, pieces)
        except OSError as error:
            if not self.is_lasting(error, file):
                raise
            write_whole(self._instead(file), pieces)

    def _remove_error(self, file: WholeFile) -> None:
        for path in (self._beside(file, _ERROR_SUFFIX), self._instead(file)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                if not self.is_lasting(error, file):
                    raise

    def _instead(self, file: WholeFile) -> Path:
        """Return where the error of a file goes that cannot be beside its result: its name is shortened, and unique."""
        whole = os.fsencode(file.relative)
        name = short_name("-".join(file.relative.parts))
        return self._out / f"{name}-{hashlib.sha256(whole).hexdigest()[:8]}{_ERROR_SUFFIX}"

    def _beside(self, file: WholeFile, suffix: str) -> Path:
        return self._out / f"{file.relative}{suffix}"
