"""Recognise pictures with Kreuzberg, WORKERS at a time, in LANGUAGE; run by the interpreter of ``.bench``.

Usage: kreuzberg_batch.py WORKERS LANGUAGE PICTURE ... ; prints a JSON list of texts.
"""

import json
import sys

from kreuzberg import ExtractionConfig, OcrConfig, batch_extract_files_sync

workers, language, *paths = sys.argv[1:]
config = ExtractionConfig(
    use_cache=False, max_concurrent_extractions=int(workers), ocr=OcrConfig(backend="tesseract", language=language)
)
print(json.dumps([result.content for result in batch_extract_files_sync(list(paths), config)]))
