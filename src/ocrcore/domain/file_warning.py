"""What a person should know about a file that was submitted."""

from dataclasses import dataclass

from ocrcore.domain.codes import JOB_WARNING_SENTENCES, JobWarning


@dataclass(frozen=True, slots=True)
class FileWarning:
    """A warning about one file of a job."""

    #: The position of the file in the request, from 0.
    index: int
    #: The client's name for the file; data, never a path.
    file: str
    code: JobWarning

    @property
    def message(self) -> str:
        """The sentence for the code."""
        return JOB_WARNING_SENTENCES[self.code]
