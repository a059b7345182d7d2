"""The ``/proc`` that a unit of systemd gives its process, without systemd: in mounts of the process's own."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from needed import missing


def under_proc_of(unit: Path) -> Sequence[str]:
    """Return what a command begins with that sees of ``/proc`` what the unit lets it see."""
    text = unit.read_text()
    options = [
        name
        for setting, name in (("ProtectProc=invisible", "hidepid=invisible"), ("ProcSubset=pid", "subset=pid"))
        if re.search(f"^{setting}$", text, re.MULTILINE)
    ]
    if os.geteuid() != 0:
        missing("only root mounts a /proc")
    mount = f"mount -t proc -o {','.join(['ro', *options])} proc /proc"
    command = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        missing("this kernel has no parts of /proc (Linux 5.8)")
    return command
