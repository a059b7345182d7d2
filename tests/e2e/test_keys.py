"""Keys of a real service: made, used and revoked by commands, and found nowhere but with their holder."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx

import pictures
from held_requests import held
from ocrcore.testing.patience import FOREVER
from serving import ocrcore, serving

_KEYED = {"OCR_AUTH": "keys"}


def _made(data: Path, *arguments: str) -> str:
    made = ocrcore("keys", "create", *arguments, data=data)
    assert (made.returncode, made.stderr) == (0, "")
    (line,) = made.stdout.splitlines()
    return line


def test_a_key_opens_the_jobs_of_its_owner_until_it_is_revoked(tmp_path: Path) -> None:
    data, page, file = tmp_path / "data", tmp_path / "page.png", tmp_path / "key"
    page.write_bytes(pictures.png("HELLO"))
    assert ocrcore("init", data=data).returncode == 0
    mine, yours = _made(data, "ana", "--name", "scanner", "--expires", "90d"), _made(data, "bob")
    file.write_text(f"{mine}\n")
    with serving(data, "--slots", "0", **_KEYED) as url:
        assert httpx.get(f"{url}/api/v1/jobs", timeout=FOREVER).status_code == 401
        assert httpx.get(f"{url}/health/ready", timeout=FOREVER).status_code == 200
        assert httpx.get(f"{url}/api/v1/jobs/{mine}?key={mine}", timeout=FOREVER).status_code == 401
        by_file = ("--key-file", str(file), "--url", url)
        job = ocrcore("jobs", "submit", page, *by_file).stdout.strip()
        assert ocrcore("jobs", "show", job, "--url", url, OCRCORE_KEY=mine).returncode == 0
        other = ocrcore("jobs", "show", job, "--url", url, OCRCORE_KEY=yours)
        assert (other.returncode, other.stderr) == (1, "ocrcore: There is no job of yours with this id.\n")
        without = ocrcore("jobs", "show", job, "--url", url)
        assert without.returncode == 1
        assert "needs a key" in without.stderr

        listed = json.loads(ocrcore("keys", "list", "--owner", "ana", "--json", data=data).stdout)
        (key,) = listed
        assert (key["name"], key["scopes"], key["last_used_at"] is None) == ("scanner", ["read", "write"], False)
        successor = json.loads(ocrcore("keys", "rotate", key["id"], "--json", data=data).stdout)["key"]
        headers = {"authorization": f"Bearer {mine}"}
        with held(f"{url}/api/v1/jobs/{job}?wait=30s", headers=headers) as (answer,):
            assert not answer.done()
            revoked = ocrcore("keys", "revoke", key["id"], data=data)
            begun = time.monotonic()
            assert revoked.stdout == f"REVOKED {key['id']}\n"
            assert answer.result(FOREVER).status_code == 401
            assert time.monotonic() - begun < 15  # of the 30 that it asked for: five on an idle machine
        assert ocrcore("jobs", "list", *by_file).returncode == 1
        assert ocrcore("jobs", "show", job, "--url", url, OCRCORE_KEY=successor).returncode == 0
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != file)
    for text in (mine, yours, successor):
        assert text[14:].encode() not in kept
    assert f"ocrk_{key['id']}_[secret]".encode() in kept  # the address that was logged


def test_a_service_without_any_key_says_so(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--slots", "0", **_KEYED) as url:
        assert httpx.get(f"{url}/api/v1/jobs", timeout=FOREVER).status_code == 401
        told = ocrcore("doctor", data=data, **_KEYED)
        assert "no-key" in told.stdout
        assert "ocrcore keys create" in told.stdout
        _made(data, "local")
        assert "no-key" not in ocrcore("doctor", data=data, **_KEYED).stdout
        admin = _made(data, "ana", "--scope", "read,admin")
        told = ocrcore("jobs", "audit", "--json", "--url", url, OCRCORE_KEY=admin)
        assert [(entry["action"], entry["actor"]) for entry in json.loads(told.stdout)] == [("key.created", "operator")]
        assert "key.created" in ocrcore("jobs", "audit", "--owner", "local", "--url", url, OCRCORE_KEY=admin).stdout
    assert "no key opens this service yet" in data.with_suffix(".log").read_text()


def test_a_wrong_command_about_keys_is_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ocrcore("init", data=data)
    for arguments, status, words in (
        (("create", "a b"), 2, "An owner is"),
        (("create", "ana", "--scope", "all"), 2, "read, write, admin"),
        (("create", "ana", "--expires", "0s"), 2, "expires must be"),
        (("revoke", "Zz999999"), 1, "There is no key with this id."),
        (("rotate", "nonsense"), 1, "There is no key with this id."),
    ):
        done = ocrcore("keys", *arguments, data=data)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_key_is_called_by_the_beginning_of_its_id_or_last(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ocrcore("init", data=data)
    first, second, third = (_made(data, owner)[5:13] for owner in ("ana", "bob", "eve"))
    successor = ocrcore("keys", "rotate", first[:4], "--overlap", "0s", data=data).stdout[5:13]
    for given, meant in ((second[:7], second), ("last", successor), ("last", third)):
        assert ocrcore("keys", "revoke", given, data=data).stdout == f"REVOKED {meant}\n"
    for given, status, words in (
        ("last", 1, "There is no key that is alive."),
        (first[:3], 2, "too short a beginning of an id"),
        ("!!!!", 1, "There is no key with this id."),
        ("0000", 1, "There is no key whose id begins with 0000."),
    ):
        done = ocrcore("keys", "revoke", given, data=data)
        assert (done.returncode, done.stdout) == (status, "")
        assert words in done.stderr


def test_init_makes_the_secret_of_sessions_and_keeps_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    secrets = set()
    for _ in range(2):
        assert ocrcore("init", data=data).returncode == 0
        with closing(sqlite3.connect(data / "ocr.sqlite3")) as database:
            secrets.update(database.execute("SELECT secret FROM secrets").fetchall())
    ((secret,),) = secrets
    assert len(secret) == 64


def test_a_browser_signs_in_at_one_process_and_goes_on_at_another(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ocrcore("init", data=data)
    key = _made(data, "ana")
    with serving(data, "--slots", "0", **_KEYED) as one, serving(data, "--slots", "0", **_KEYED) as two:
        ours = {"origin": one}
        signed_in = httpx.post(f"{one}/login?next=/api/v1/jobs", data={"key": key}, headers=ours, timeout=FOREVER)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/api/v1/jobs")
        cookies = {"ocr": signed_in.cookies["ocr"]}
        for url in (one, two):
            assert httpx.get(f"{url}/api/v1/jobs", cookies=cookies, timeout=FOREVER).status_code == 200
        own = {"origin": two}
        assert httpx.delete(f"{two}/session", cookies=cookies, timeout=FOREVER).status_code == 403
        assert httpx.delete(f"{two}/session", cookies=cookies, headers=own, timeout=FOREVER).status_code == 204
        assert httpx.get(f"{two}/api/v1/jobs", cookies=cookies, timeout=FOREVER).status_code == 401
    kept = data.with_suffix(".log").read_text()
    assert key not in kept
    assert cookies["ocr"] not in kept
