"""Alert rules and dashboard: valid, tried, and about metrics that there are."""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import costs
from aws_template import ROOT, resources
from needed import needed

_PROMETHEUS = ROOT / "deploy/prometheus"
_RULES: list[dict[str, Any]] = yaml.safe_load((_PROMETHEUS / "alerts.yaml").read_text())["groups"][0]["rules"]
_DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/ocrcore.json").read_text())
_OPERATING = (ROOT / "docs/operating.md").read_text()
#: Metrics that Prometheus and its client have for every process.
_COMMON = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
#: Metrics that no rule looks at, each with the reason.
_NO_RULE = {
    "ocr_cache_bytes": "OCR_CACHE_BYTES limits it; a disk that it fills is DiskFull",
    "ocr_inspection_children": "limited by the service; files that wait for one are InspectionBehind",
    "ocr_retention_deletions_total": "counts what was asked for; what is not deleted is old-jobs of the doctor",
    "ocr_slots": "NoWorkers and LongBacklog tell of too few",
    "ocr_reading_pages": "between 0 and the slots at any time",
    "ocr_webhook_deliveries": "a receiver that fails is its owner's, who is shown it; LateWebhooks is ours",
    "ocr_webhook_attempts_total": "as above",
    "ocr_recognition_seconds": "differs with the pages; LongBacklog tells of a fleet that is too slow",
    "ocr_second_looks_total": "differs with the pages",
    "ocr_item_attempts": "attempts that fail are PagesFail and OurMistakes",
    **dict.fromkeys(("ocr_jobs", "ocr_items"), "grows with use"),
    **dict.fromkeys(("ocr_jobs_submitted_total", "ocr_items_submitted_total"), "grows with use"),
}
_ALARM = "AWS::CloudWatch::Alarm"
_SUFFIX = re.compile(r"_(bucket|count|sum)\Z")


@pytest.fixture(scope="module")
def promtool() -> str:
    return needed("promtool", "prometheus")


def _documented() -> set[str]:
    """Return the metrics of the operator's table, which another test compares with what processes show."""
    table = _OPERATING.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    return {
        name for row in re.findall(r"^\| (`ocr_.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)", row)
    }


def _panels() -> Iterator[dict[str, Any]]:
    yield from (panel for panel in _DASHBOARD["panels"] if panel["type"] != "row")


def _queries() -> list[str]:
    return [target["expr"] for panel in _panels() for target in panel["targets"]]


def _named(query: str) -> set[str]:
    """Return the metrics of a query."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\b(?:by|without) \([^)]*\)', "", query)
    return {_SUFFIX.sub("", name) for name in re.findall(r"\b(?:ocr_\w+|process_\w+|up)\b", bare)}


def test_every_metric_of_a_rule_or_panel_is_there() -> None:
    named = {name for query in (*_queries(), *(rule["expr"] for rule in _RULES)) for name in _named(query)}
    assert named - _COMMON <= _documented()


def test_every_label_of_a_query_is_there() -> None:
    """A metric has the labels that the table names, and those of Prometheus."""
    table = _OPERATING.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    labels = {name: set(given.split(",")) for name, given in re.findall(r"`(ocr_\w+)\{([\w,]+)\}", table)}
    by = re.compile(r"by \(([\w, ]+)\) \(?(?:(?:rate|increase)\()?(ocr_\w+)")
    grouped = [found for query in (*_queries(), *(rule["expr"] for rule in _RULES)) for found in by.findall(query)]
    assert len(grouped) > 10
    for names, metric in grouped:
        known = labels.get(_SUFFIX.sub("", metric), set()) | {"le", "instance"}
        assert set(re.split(r", ?", names)) <= known, metric


def test_every_metric_is_on_the_dashboard() -> None:
    assert _documented() - {name for query in _queries() for name in _named(query)} == set()


def test_every_metric_has_a_rule_or_a_reason_for_none() -> None:
    ruled = {name for rule in _RULES for name in _named(rule["expr"])}
    assert _documented() - ruled == _NO_RULE.keys()


def test_every_rule_names_its_page_in_the_runbook() -> None:
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", _OPERATING, re.MULTILINE)}
    for rule in _RULES:
        assert rule["annotations"]["runbook"] == f"docs/operating.md#{rule['alert'].lower()}"
        assert rule["alert"].lower() in headings
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_the_runbook_has_an_entry_for_each_alarm_and_for_nothing_else() -> None:
    """Each says in its first sentence what the alarm means, and then what to do about it."""
    _, *entries = _OPERATING.partition("\n## Alarms\n")[2].partition("\n## ")[0].split("\n### ")
    names = [entry.partition("\n")[0] for entry in entries]
    assert sorted(names) == sorted({rule["alert"] for rule in _RULES} | {name for name, _ in resources(_ALARM)})
    for entry in entries:
        assert len(re.findall(r"[.)](?: |\n|\Z)", entry)) >= 2, entry


def test_the_estimate_of_costs_counts_the_alarms_and_figures_that_there_are() -> None:
    monitor = (ROOT / "src/adapters/aws/fleet_monitor.py").read_text()
    metrics = [alarm.get("Metrics", [{"MetricStat": {}}]) for _, alarm in resources(_ALARM)]  # each is paid for
    assert sum("MetricStat" in metric for alarm in metrics for metric in alarm) == costs._ALARMS
    assert len(re.findall(r'"MetricName": "\w+"', monitor)) == costs._METRICS


def test_every_rule_is_tried_when_it_fires_and_when_it_must_not() -> None:
    outcomes: dict[str, set[bool]] = defaultdict(set)
    for case in yaml.safe_load((_PROMETHEUS / "alerts.test.yaml").read_text())["tests"]:
        for expected in case["alert_rule_test"]:
            outcomes[expected["alertname"]].add(bool(expected["exp_alerts"]))
    assert outcomes == {rule["alert"]: {True, False} for rule in _RULES}


def _check(promtool: str, *arguments: str | Path) -> None:
    done = subprocess.run([promtool, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_do_what_their_tests_say(promtool: str) -> None:
    _check(promtool, "test", "rules", _PROMETHEUS / "alerts.test.yaml")


def test_prometheus_takes_the_configuration(promtool: str) -> None:
    _check(promtool, "check", "config", _PROMETHEUS / "scrape.yaml")


def test_prometheus_understands_every_query_of_the_dashboard(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(_queries())
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    _check(promtool, "check", "rules", file)


def test_no_panel_covers_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in _DASHBOARD["panels"]:
        grid = panel["gridPos"]
        cells = {(grid["x"] + x, grid["y"] + y) for x in range(grid["w"]) for y in range(grid["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    ids = [panel["id"] for panel in _DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
