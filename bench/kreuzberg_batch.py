"""Read pictures with Kreuzberg, so many at once; run by the interpreter that it is installed for.

Usage: kreuzberg_batch.py WORKERS PICTURE ... ; prints a list of texts in JSON.
"""

import json
import sys

from kreuzberg import ExtractionConfig, OcrConfig, batch_extract_files_sync

workers, *paths = sys.argv[1:]
config = ExtractionConfig(
    use_cache=False, max_concurrent_extractions=int(workers), ocr=OcrConfig(backend="tesseract", language="eng")
)
print(json.dumps([result.content for result in batch_extract_files_sync(list(paths), config)]))
