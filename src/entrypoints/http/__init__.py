"""The HTTP API."""

from entrypoints.extras import require

require("http")  # before anything of this package is imported
