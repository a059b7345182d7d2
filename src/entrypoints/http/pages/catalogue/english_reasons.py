"""What the core says, in English: from its own tables, so that pages, API and command line say the same."""

from typing import Final

from entrypoints.http.problems import PAGE_TITLES, PROBLEMS
from ocrcore.application.doctor.overview import QUICK_KINDS
from ocrcore.application.probes import PARTS
from ocrcore.domain.blocked_by import WAIT_SENTENCES
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ITEM_WARNING_SENTENCES, JOB_WARNING_SENTENCES
from ocrcore.domain.finding import MEANINGS
from ocrcore.domain.webhook import DELIVERY_ERROR_SENTENCES

#: People see documents and pages, where programs see jobs and items.
_DOCUMENTS: Final = {
    "problem.job-not-found": "No such document",
    "problem.item-not-found": "No such page",
    "problem.job-open": "The document is still being read",
    "problem.job-finished": "The document is finished",
}

#: Key -> text: why a page failed, what there is to know about a file, why a request was refused, why a job waits, why a
#: webhook was not told, what the doctor finds, and what the services behind this one are called.
ENGLISH_REASONS: Final = {
    **{f"failure.{code}": sentence for code, sentence in ITEM_ERROR_SENTENCES.items()},
    **{f"item.warning.{code}": sentence for code, sentence in ITEM_WARNING_SENTENCES.items()},
    **{f"warning.{code}": sentence for code, sentence in JOB_WARNING_SENTENCES.items()},
    **{f"problem.{code}": title for code, (_, title) in PROBLEMS.items()},
    **{f"problem.{code}": title for code, title in PAGE_TITLES.items()},
    **{f"delivery.{error}": sentence for error, sentence in DELIVERY_ERROR_SENTENCES.items()},
    **{f"finding.{kind}": MEANINGS[kind].sentence for kind in sorted(QUICK_KINDS)},
    **{f"part.{part}": name for part, name in PARTS.items()},
    **WAIT_SENTENCES,
    **_DOCUMENTS,
}

#: Code of a problem -> what to do, where the API's own sentence speaks of what people do not see.
ENGLISH_PROBLEMS: Final = {
    "job-not-found": "The document does not exist, or was deleted.",
    "item-not-found": "The page does not exist, or its document was deleted.",
}
