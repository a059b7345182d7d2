"""Owners: whose a job is. Every verb of a client belongs to one."""

from typing import Final

#: The owner of jobs that are made without a key, on this machine.
LOCAL_OWNER: Final = "local"
