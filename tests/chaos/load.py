"""The load: users who insist, and who write down what they sent and what they were told."""

import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final

import httpx

from chaos.deployment import Deployment
from chaos.uploads import File, Page, broken, draw_files, pages_of, refused
from ocrcore.testing.patience import FOREVER

#: Answers after which the same request is sent again.
_AGAIN: Final = frozenset({429, 500, 502, 503})
#: Seconds after which a deployment that has not answered will not, whatever was done to it.
_LONGEST: Final = 600.0


@dataclass
class Sent:
    """One submission, and all that its user did to the job."""

    key: str
    files: Sequence[File]
    expires_in: str | None
    job_id: str | None = None
    #: Every other job that the key was ever answered with.
    others: set[str] = field(default_factory=set)
    cancelled: bool = False
    retried: bool = False
    deleted: bool = False

    @property
    def pages(self) -> Sequence[Page]:
        return pages_of(self.files)


class User:
    """A thread that submits, looks, cancels, retries and deletes until it is told to stop."""

    def __init__(self, deployment: Deployment, seed: int) -> None:
        self.sent: list[Sent] = []
        #: Answers that no user should ever see.
        self.wrong: list[str] = []
        self._deployment = deployment
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._http = httpx.Client(timeout=FOREVER)
        self._stopping = Event()
        self._thread = Thread(target=self._live, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let it finish what it is at: whatever it began to submit is submitted."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for its thread, if it was ever started."""
        if self._thread.ident is not None:
            self._thread.join()
        self._http.close()

    def _live(self) -> None:
        while not self._stopping.is_set():
            self.submit(self._random.choice((1, 1, 2, 3, 5)), hurried=0.1, bad=0.2)
            self._stopping.wait(self._random.random() * 0.4)
            if self._random.random() < 0.6:
                self._meddle(self._random.choice(self.sent))

    def submit(self, number: int, *, hurried: float = 0.0, bad: float = 0.0) -> None:
        """Submit files until that is answered; some jobs have little time, and some a file that cannot be read."""
        draw = self._random
        files = list(draw_files(draw, number))
        if draw.random() < bad:
            files[-1:] = [broken()] if draw.random() < 0.5 else [files[-1], refused(draw)]
        sent = Sent(secrets.token_hex(8), files, "2s" if draw.random() < hurried else None)
        self.sent.append(sent)
        parts = [("files", (file.name, file.content)) for file in files]
        data = {"expires_in": sent.expires_in} if sent.expires_in else {}
        data |= {"accept_partial": "1"} if any(file.refusal for file in files) else {}
        for _ in range(1 if draw.random() < 0.8 else 2):  # now and then an answer that was heard is asked for again
            answer = self._ask("POST", "/jobs", files=parts, data=data, headers={"Idempotency-Key": sent.key})
            if answer.status_code != 202:
                self.wrong.append(f"a submission was answered {answer.status_code}: {answer.text[:200]}")
                continue
            job_id = answer.json()["id"]
            sent.job_id = sent.job_id or job_id
            if job_id != sent.job_id:
                sent.others.add(job_id)

    def _meddle(self, sent: Sent) -> None:
        path = f"/jobs/{sent.job_id}"
        match self._random.choice(("read", "read", "items", "cancel", "retry", "rename", "delete")):
            case "read":
                self._expect(sent, self._ask("GET", path), 200)
            case "items":
                self._expect(sent, self._ask("GET", f"{path}/items"), 200)
            case "cancel":
                sent.cancelled = True
                self._expect(sent, self._ask("POST", f"{path}/cancel"), 200, 409)
            case "retry":
                sent.retried = True
                self._expect(sent, self._ask("POST", f"{path}/retry"), 202, 409)
            case "rename":
                self._expect(sent, self._ask("PATCH", path, json={"name": "another name"}), 200)
            case "delete":
                sent.deleted = True
                self._expect(sent, self._ask("DELETE", path), 204)

    def _expect(self, sent: Sent, answer: httpx.Response, *good: int) -> None:
        if answer.status_code not in (*good, 404) or (answer.status_code == 404 and not sent.deleted):
            self.wrong.append(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")

    def _ask(self, method: str, path: str, **about: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
        """Ask one API after the other until there is an answer that means something. Raises ``TimeoutError``."""
        end = time.monotonic() + _LONGEST
        while time.monotonic() < end:
            url = self._deployment.url()
            try:
                if url is not None:
                    answer = self._http.request(method, f"{url}/api/v1{path}", **about)
                    if answer.status_code not in _AGAIN:
                        return answer
                    if answer.status_code == 500:
                        self.wrong.append(f"{method} {path}: 500 {answer.text}")
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        msg = f"no service answers {method} {path}"
        raise TimeoutError(msg)
