"""What programs say to this service: short examples that work as they stand, for the page that has nothing else yet."""

from dataclasses import dataclass

from entrypoints.http.pages.assets import address_of


@dataclass(frozen=True, slots=True)
class Examples:
    """The sample page, read by curl and by Python."""

    curl: str
    python: str

    @classmethod
    def of(cls, service: str, sample: str, *, needs_key: bool) -> "Examples":
        """Return the examples for a service at this address; a key is taken from ``OCRCORE_KEY``.

        ``sample`` is the name of the sample page among the files of the pages.
        """
        key = ' -H "Authorization: Bearer $OCRCORE_KEY"' if needs_key else ""
        return cls(
            curl=f"curl -O {service}{address_of(sample)}\ncurl{key} -F files=@{sample} {service}/api/v1/ocr",
            python=f'from entrypoints.client import Client\n\nprint(Client("{service}").read("{sample}"))',
        )
