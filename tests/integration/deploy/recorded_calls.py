"""Calls to AWS of programs that run in processes of their own: each writes down what it asks for."""

import json
from pathlib import Path
from typing import Final

from integration.aws.iam import Right, rights_of

#: Loaded by every Python that finds it on its path. What is no text of a call, such as a body, is of no interest. The
#: calls of ``ocrcore`` itself are those of ``tests/integration/aws/test_permissions.py``.
_SITE: Final = """
import json, sys
from botocore.session import Session
_create = Session.create_client
def _note(params, model, **_):
    if getattr(sys, "argv", [""])[0].endswith("/ocrcore"):
        return
    line = json.dumps([model.service_model.service_name, model.name, params], default=lambda _: "")
    with open({record!r}, "a") as file:
        file.write(line + "\\n")
def create_client(self, *arguments, **options):
    client = _create(self, *arguments, **options)
    client.meta.events.register("provide-client-params", _note)
    return client
Session.create_client = create_client
"""


class RecordedCalls:
    """A folder for ``PYTHONPATH``, and what the programs with it on their path called."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._record = folder, folder / "calls"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(_SITE.format(record=str(self._record)))

    def rights(self) -> set[Right]:
        """Return the rights that the calls since the last look need."""
        lines = self._record.read_text().splitlines() if self._record.exists() else []
        self._record.unlink(missing_ok=True)
        return {right for line in lines for right in rights_of(*json.loads(line))}
