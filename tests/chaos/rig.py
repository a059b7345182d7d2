"""The rig: rounds of use and mischief, each followed by peace and an inspection."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from chaos.deployment import GRACE, SETTINGS, Deployment
from chaos.inspection import inspect, wait_until_finished
from chaos.load import Sent, User
from chaos.mischief import Mischief
from chaos.notices import delays, inspect_notices, listed_failures, settle, subscribe
from chaos.receivers import Tempers
from chaos.report import Report
from ocrcore.testing.patience import eventually, seconds_of, stretch

_USERS: Final = 3
#: Seconds from an exit until what was not finished is there for others.
_RETURN: Final = 5.0
_CREW: Final = ("api", "api", "worker", "worker")
#: Of a worker that is to lose nothing of what it holds because it is slow.
_PATIENT: Final = {"OCR_VISIBILITY_TIMEOUT": "1h"}


def late(exit_: float, returned: float, slow: float = 1.0) -> list[str]:
    """Return a sentence for each: an exit beyond the grace period, and messages that came back too late after it.

    ``slow`` is how many times longer things take here and now.
    """
    wrong = [f"wrong: a worker took {exit_:.1f} s to stop"] if exit_ > (GRACE + 1) * slow else []
    return [*wrong, f"stuck: messages for {returned:.1f} s after the exit"] if returned > _RETURN * slow else wrong


class Rig:
    """One deployment through any number of rounds; what was well after one must be so after the next."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._sent: list[Sent] = []
        #: Notices that were taken so far.
        self._notices = 0

    def mischief(self, seed: int, seconds: float) -> Report:
        """Use the service while everything is killed, stopped, frozen and restarted; then look."""
        deployment = self._deployment
        deployment.open(*_CREW)
        subscribe(deployment)
        users = [User(deployment, seed * 100 + number) for number in range(_USERS)]
        mischief, tempers = Mischief(deployment, seed), Tempers(deployment.receivers[::2], seed)
        for user in users:
            user.start()
        mischief.start()
        tempers.start()
        time.sleep(seconds)
        mischief.stop()
        for user in users:
            user.stop()
        report = Report(1, mischief=mischief.done, exits=mischief.exits, wrong=mischief.wrong)
        return self._ended(report, users, tempers)

    def stop(self, seed: int) -> Report:
        """Tell the only worker to stop while it is at work; what it did not finish must come back, no attempt lost."""
        deployment = self._deployment
        deployment.open("api")
        subscribe(deployment)
        worker = deployment.start("worker", **_PATIENT)
        user = User(deployment, seed)
        for files in (5, 4, 3):
            user.submit(files)
        wrong = [] if eventually(self._at_work) else ["wrong: the worker never began"]
        deployment.leave(worker)
        before, took = stretch(), worker.running.stop()
        returned = seconds_of(lambda: eventually(lambda: not deployment.messages.hidden() and not self._at_work()))
        wrong += late(took, returned, max(before, stretch()))
        deployment.start("worker", **_PATIENT)
        report = Report(1, mischief=Counter({"stop worker": 1}), exits=[took], returns=[returned], wrong=wrong)
        return self._ended(report, [user], whole_attempts=True)

    def _ended(
        self, report: Report, users: list[User], tempers: Tempers | None = None, *, whole_attempts: bool = False
    ) -> Report:
        """Wait, inspect, end every process, and add what all of that showed.

        Receivers fail until all jobs are finished, for most are after the mischief.
        """
        deployment = self._deployment
        for user in users:
            user.join()
        report.recoveries.append(wait_until_finished(deployment))
        if tempers is not None:
            tempers.stop()
            report.mischief += tempers.done
        report.wrong += listed_failures(deployment)
        report.settled.append(seconds_of(lambda: settle(deployment)))
        sent = [one for user in users for one in user.sent]
        self._sent += sent
        report.jobs, report.pages = len(sent), sum(len(one.pages) for one in sent)
        report.wrong += [sentence for user in users for sentence in user.wrong]
        report.wrong += inspect(deployment, self._sent)
        report.wrong += inspect_notices(deployment, self._sent)
        report.notices = sum(len(receiver.taken) for receiver in deployment.receivers) - self._notices
        self._notices += report.notices
        report.wrong += delays(deployment)
        if whole_attempts and (lost := self._attempts_lost(sent)):
            report.wrong.append(f"lost: {lost} attempts")
        report.wrong += [f"left: zombie {pid}" for pid in deployment.zombies()]
        before, exits = stretch(), deployment.close()
        slow = max(before, stretch())
        report.exits += exits
        report.wrong += [f"wrong: a process took {took:.1f} s to stop" for took in exits if took > (GRACE + 1) * slow]
        deployment.sweep()
        report.wrong += [f"left: {what}" for what in deployment.house.left]
        return report

    def _at_work(self) -> int:
        return self._count("status = 'PROCESSING'")

    def _attempts_lost(self, sent: Sequence[Sent]) -> int:
        """Return how many items of these were begun more often than they were given back and finished."""
        given_back = f"CAST(attempts_limit AS SIGNED) - {SETTINGS['OCR_MAX_ATTEMPTS']}"
        jobs = ", ".join(f"'{one.job_id}'" for one in sent)
        return self._count(f"attempts <> {given_back} + 1 AND job_id IN ({jobs})")

    def _count(self, condition: str) -> int:
        with self._deployment.engine.connect() as connection:
            query = sa.text(f"SELECT COUNT(*) FROM job_items WHERE {condition}")  # noqa: S608 - our own words
            return int(connection.execute(query).scalar_one())
