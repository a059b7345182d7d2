"""A real service that trusts a real issuer: tokens over HTTPS, beside keys."""

import time
from pathlib import Path

import httpx

import pictures
from issuer import Issuer, new_key, serving_issuer, signed
from ocrcore.testing.patience import FOREVER
from serving import ocrcore, serving


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def claims(issuer: Issuer, subject: str, **other: object) -> dict[str, object]:
    now = int(time.time())
    return {"iss": issuer.url, "aud": "ocr", "sub": subject, "iat": now, "exp": now + 600, **other}


def test_a_token_of_the_issuer_opens_the_jobs_of_its_subject(tmp_path: Path) -> None:
    data, page = tmp_path / "data", pictures.png("HELLO")
    ocrcore("init", data=data)
    key = ocrcore("keys", "create", "ana", data=data).stdout.strip()
    with serving_issuer(tmp_path) as issuer:
        environment = {
            "OCR_AUTH": "keys,oidc",
            "OCR_OIDC_ISSUER": issuer.url,
            "OCR_OIDC_AUDIENCE": "ocr",
            "SSL_CERT_FILE": str(tmp_path / "authority.pem"),
        }
        with serving(data, "--slots", "0", **environment) as url:
            ana, bob = (issuer.issue(claims(issuer, subject)) for subject in ("ana", "bob"))
            made = httpx.post(
                f"{url}/api/v1/jobs", files={"files": ("a.png", page)}, headers=bearer(ana), timeout=FOREVER
            )
            assert made.status_code == 202
            job = f"{url}{made.headers['location'].removeprefix(url)}"
            statuses = {
                name: httpx.get(job, headers=bearer(text), timeout=FOREVER).status_code
                for name, text in {
                    "ana": ana,
                    "bob": bob,
                    "ana by key": key,
                    "expired": issuer.issue(claims(issuer, "ana", exp=int(time.time()) - 1)),
                    "future": issuer.issue(claims(issuer, "ana", iat=int(time.time()) + 300)),
                    "another audience": issuer.issue(claims(issuer, "ana", aud="other")),
                    "another issuer": issuer.issue(claims(issuer, "ana", iss="https://localhost")),
                    "another key": signed(new_key("one"), claims(issuer, "ana")),
                }.items()
            }
            refused = dict.fromkeys(("expired", "future", "another audience", "another issuer", "another key"), 401)
            assert statuses == {"ana": 200, "bob": 404, "ana by key": 404, **refused}
            assert httpx.get(f"{url}/metrics", headers=bearer(ana), timeout=FOREVER).status_code == 403
        assert "issuer-away" not in ocrcore("doctor", data=data, **environment).stdout
    told = ocrcore("doctor", data=data, **environment)
    assert "issuer-away" in told.stdout
    kept = data.with_suffix(".log").read_text()
    assert ana not in kept
    assert bob.rpartition(".")[2] not in kept
