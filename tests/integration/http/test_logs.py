"""What a service writes on stderr while it is given strange pictures."""

import json
import struct
from pathlib import Path

import httpx

import pictures
from ocrcore.testing.patience import FOREVER
from serving import serving


def talkative_tiff() -> bytes:
    """Return a picture one of whose tags claims 127 entries where one is meant, which Pillow warns of."""
    content = bytearray(pictures.FORMS["tiff"]("A"))
    (directory,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, directory)
    for place in range(directory + 2, directory + 2 + 12 * entries, 12):
        tag, kind, _ = struct.unpack_from("<HHI", content, place)
        if tag == 278:  # the rows of a strip: one number
            struct.pack_into("<HHI", content, place, tag, kind, 127)
    return bytes(content)


def test_a_json_log_is_json_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--slots", "0", OCR_LOG="json") as url:
        httpx.post(f"{url}/api/v1/jobs", files={"files": ("a.tif", talkative_tiff())}, timeout=FOREVER)
    records = [json.loads(line) for line in data.with_suffix(".log").read_text().splitlines()]
    assert any(record["logger"] == "py.warnings" for record in records)
