import pytest


@pytest.fixture(autouse=True, scope="session")
def _with_tesseract(tesseract: str) -> None:
    """Skip every test here without the program."""
