"""The common base of the contract suites for database ports."""

import pytest

from ocrcore.testing.builders import StateOfRecord


class RecordContract:
    """The base of suites with the fixture ``record``: an empty database for each test."""

    @pytest.fixture
    def record(self) -> StateOfRecord:
        """Return the adapters under test, on one empty database."""
        raise NotImplementedError
