"""Clients that others' programs write from the description of the API: they type-check, and do a job."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from needed import missing
from ocrcore.testing.patience import FOREVER
from pictures import png

TOOLS = Path(__file__).parents[3] / ".tools/api/node_modules"
BIN = Path(sys.executable).parent

PYTHON = """
import io, sys, time
from uuid import UUID
from generated import Client
from generated.api.jobs import get_job, job_result, submit_job
from generated.api.search import search
from generated.models import HitList, ItemStatus, JobStatus, JobView, SubmitJobBody
from generated.types import File

url, path = sys.argv[1:]
with Client(base_url=url) as client:
    file = File(payload=open(path, "rb"), file_name="page.png", mime_type="image/png")
    job = submit_job.sync(client=client, body=SubmitJobBody(files=[file], name="generated"))
    assert isinstance(job, JobView), job
    job_id: UUID = job.id
    while job.status in {JobStatus.PENDING, JobStatus.PROCESSING}:
        found = get_job.sync(job_id, client=client, wait="10s")
        assert isinstance(found, JobView), found
        job = found
    assert job.finished_at is not None and job.finished_at >= job.created_at
    text = job_result.sync(job_id, client=client)
    assert isinstance(text, str), text
    hits = search.sync(client=client, q="hello")
    assert isinstance(hits, HitList), hits
    assert job_id in {hit.job_id for hit in hits.hits}
    print(job.status, text)
"""
TYPESCRIPT = """
import { readFileSync } from 'node:fs';
import { client } from './generated/client.gen';
import { getJob, jobResult, search, submitJob } from './generated/sdk.gen';
import type { JobView } from './generated/types.gen';

async function main(url: string, path: string): Promise<void> {
  client.setConfig({ baseUrl: url });
  const files = [new File([readFileSync(path)], 'page.png', { type: 'image/png' })];
  const sent = await submitJob({ body: { files, name: 'generated' } });
  let job = sent.data as JobView | undefined;
  if (!job) throw new Error(JSON.stringify(sent.error));
  const ofJob = { job_id: job.id };
  while (job.status === 'PENDING' || job.status === 'PROCESSING') {
    const found: { data?: JobView; error?: unknown } = await getJob({ path: ofJob, query: { wait: '10s' } });
    if (!found.data) throw new Error(JSON.stringify(found.error));
    job = found.data;
  }
  const result = await jobResult({ path: ofJob, parseAs: 'text' });
  const hits = await search({ query: { q: 'hello' } });
  if (!hits.data?.hits.some((hit) => hit.job_id === job!.id)) throw new Error('not found');
  console.log(job.status, result.data);
}
main(process.argv[2], process.argv[3]).catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture
def description(url: str, tmp_path: Path) -> Path:
    file = tmp_path / "openapi.json"
    file.write_bytes(httpx.get(f"{url}/schema/openapi.json").raise_for_status().content)
    return file


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.png"
    file.write_bytes(png("HELLO"))
    return file


def run(*command: str | Path, folder: Path) -> str:
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "REDOCLY_TELEMETRY": "off", "NO_COLOR": "1"}
    ended = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=FOREVER,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def node_tool(name: str) -> Path:
    tool = TOOLS / ".bin" / name
    if not tool.exists() or not shutil.which("node"):
        missing(f"there is no {name}: scripts/install-api-tools installs it, with Node 20 or later")
    return tool


def test_a_client_of_python_does_a_job(url: str, description: Path, page: Path, tmp_path: Path) -> None:
    words = run(
        *(BIN / "openapi-python-client", "generate", "--path", description, "--output-path", tmp_path / "generated"),
        *("--meta", "none"),
        folder=tmp_path,
    )
    assert "omitted" not in words
    (tmp_path / "use.py").write_text(PYTHON)
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = True\n[mypy-generated.client]\nignore_errors = True\n")
    run(BIN / "mypy", "--config-file", "mypy.ini", "use.py", "generated", folder=tmp_path)
    assert run(sys.executable, "use.py", url, page, folder=tmp_path) == "DONE HELLO\n"


def test_a_client_of_typescript_does_a_job(url: str, description: Path, page: Path, tmp_path: Path) -> None:
    generator, compiler = node_tool("openapi-ts"), node_tool("tsc")
    (tmp_path / "node_modules").symlink_to(TOOLS)
    run(
        *(generator, "-i", description, "-o", "generated", "-c", "@hey-api/client-fetch", "--no-log-file"),
        folder=tmp_path,
    )
    (tmp_path / "use.ts").write_text(TYPESCRIPT)
    run(
        *(compiler, "--strict", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node10"),
        *("--skipLibCheck", "--types", "node", "--outDir", "built", "use.ts"),
        folder=tmp_path,
    )
    assert run("node", "built/use.js", url, page, folder=tmp_path) == "DONE HELLO\n"


def test_validators_find_no_error(description: Path, tmp_path: Path) -> None:
    run(BIN / "openapi-spec-validator", description, folder=tmp_path)
    (tmp_path / "rules.yaml").write_text('extends: ["spectral:oas"]\n')
    found = run(node_tool("spectral"), "lint", "-f", "json", "-r", "rules.yaml", description, folder=tmp_path)
    assert {row["code"] for row in json.loads(found)} <= {"info-contact"}  # whom to ask, only an operator knows
    run(node_tool("redocly"), "lint", "--extends", "recommended", description, folder=tmp_path)
