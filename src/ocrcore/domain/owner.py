"""Owners of jobs. Every verb of a client acts for one owner."""

from typing import Final

#: The owner of jobs that are submitted on this machine without an API key.
LOCAL_OWNER: Final = "local"
