"""What a service writes on stderr while it is given strange pictures."""

import json
from pathlib import Path

import httpx

from ocrcore.testing.patience import FOREVER
from serving import serving


def test_a_json_log_is_json_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--slots", "0", OCR_LOG="json") as url:
        httpx.post(f"{url}/api/v1/jobs", files={"files": ("a.tif", b"II*\0")}, timeout=FOREVER)
    records = [json.loads(line) for line in data.with_suffix(".log").read_text().splitlines()]
    assert any(record["event"] == "request" and record["status"] == 415 for record in records)
