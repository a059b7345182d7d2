"""What every suite about the state of record begins with."""

import pytest

from ocrcore.testing.builders import StateOfRecord


class RecordContract:
    """The hook: an empty state of record for each test."""

    @pytest.fixture
    def record(self) -> StateOfRecord:
        """Return the adapters under test, before one empty database."""
        raise NotImplementedError
