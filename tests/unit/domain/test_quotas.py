import pytest

from ocrcore.domain.errors import QuotaExceeded
from ocrcore.domain.limits import Quotas, Usage


@pytest.mark.parametrize(
    ("quotas", "used", "items", "size", "policy"),
    [
        (Quotas(), Usage(10**9, 10**15), 1, 1, None),
        (Quotas(10), Usage(9, 0), 1, 1, None),
        (Quotas(10), Usage(9, 0), 2, 1, "open-items"),
        (Quotas(10), Usage(50, 0), 0, 1, None),
        (Quotas(10), Usage(0, 0), 11, 1, "open-items"),
        (Quotas(0, 100), Usage(0, 99), 1, 1, None),
        (Quotas(0, 100), Usage(0, 99), 1, 2, "bytes"),
        (Quotas(0, 100), Usage(0, 500), 5, 0, None),
        (Quotas(1, 1), Usage(0, 0), 2, 2, "open-items"),
    ],
)
def test_what_is_added_must_fit(quotas: Quotas, used: Usage, items: int, size: int, policy: str | None) -> None:
    if policy is None:
        quotas.check(used, items=items, size=size)
        return
    with pytest.raises(QuotaExceeded) as refusal:
        quotas.check(used, items=items, size=size)
    assert refusal.value.policy == policy


def test_a_refusal_names_both_numbers() -> None:
    with pytest.raises(QuotaExceeded, match="would have 12 open pages, and may have 10"):
        Quotas(10).check(Usage(9, 0), items=3, size=1)
    with pytest.raises(QuotaExceeded, match="would have 101 bytes of files, and may have 100"):
        Quotas(0, 100).check(Usage(0, 99), items=3, size=2)


@pytest.mark.parametrize(("quotas", "any_set"), [(Quotas(), False), (Quotas(1), True), (Quotas(0, 1), True)])
def test_a_quota_may_be_missing(quotas: Quotas, *, any_set: bool) -> None:
    assert quotas.any_set is any_set
