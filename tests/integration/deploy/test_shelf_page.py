"""What docs/deploy-shelf.md has an operator type, as far as that can be told from the text alone."""

import re

from aws_template import ROOT
from documented import SHELF, blocks, settings_in
from entrypoints.settings import read_settings, unknown_variables


def test_an_upgrade_of_a_database_server_grants_the_rights_again_before_processes_are_replaced() -> None:
    """New tables need new rights; a process that meets one without them fails with MySQL's 1142."""
    steps = _section("docs/operating.md", "Upgrades").partition("\n\nJobs may flow")[0]
    order = [steps.index(word) for word in ("`ocrcore init`", "rights.sql", "rights-without-sqs.sql", "the workers")]
    assert order == sorted(order)
    assert "rights.sql" in _section(SHELF, "Upgrade")


def test_several_machines_have_one_address_by_settings_that_there_are() -> None:
    page = (ROOT / SHELF).read_text().partition("\n### One address for all of them\n")[2].partition("\n### ")[0]
    (block,) = re.findall(r"^```ini\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    settings = settings_in(block)
    unit = (ROOT / "deploy/systemd/ocrcore-serve.service").read_text()
    # What a file of the environment says wins over the unit's own line.
    assert "\nEnvironment=OCRCORE_HOST=127.0.0.1\n" in unit
    assert f"--host ${{{'OCRCORE_HOST'}}}" in unit
    assert settings.pop("OCRCORE_HOST") == "0.0.0.0"  # noqa: S104 - as the page says, behind a proxy
    assert unknown_variables(settings) == []
    assert read_settings(settings).trusted_proxies
    upstream = (ROOT / "deploy/nginx/ocrcore.conf").read_text()
    for line in re.findall(r"^    server .*;$", page, re.MULTILINE):
        assert re.sub(r"[\d.]+:", "127.0.0.1:", line) in upstream


def test_a_newcomer_installs_what_the_page_uses() -> None:
    """On bare Debians: each server that it starts, and curl."""
    pasted = "\n".join(blocks(SHELF, "sh"))
    for package in ("mariadb-server", "nfs-kernel-server", "nfs-common", "mariadb-client", "curl"):
        assert re.search(rf"apt-get install -y (?:\S+ )*{package}\b", pasted), package


def _section(document: str, heading: str) -> str:
    return (ROOT / document).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_wherever_a_service_is_started_for_good_its_nightly_copies_are_too() -> None:
    """A section that enables the service alone leaves an operator without backups, and nothing tells of it."""
    sections = re.split(r"^## ", (ROOT / SHELF).read_text(), flags=re.MULTILINE)
    starting = [text for text in sections if "systemctl enable --now ocrcore-serve" in text]
    assert [text.partition("\n")[0] for text in starting] == ["Install", "More machines"]
    for text in starting:
        assert re.search(r"^systemctl enable --now .*ocrcore-backup\.timer$", text, re.MULTILINE)
    told = (ROOT / "deploy/install").read_text().partition('echo "Installed.')[2]
    assert "ocrcore-backup.timer" in told
