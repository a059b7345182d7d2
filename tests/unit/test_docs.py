"""The documents speak of what there is."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import write_reference
from documented import GUIDES, SHELF, blocks, settings_in, shelf_settings
from draw_lifecycle import PICTURE, picture
from entrypoints.cli import main
from entrypoints.http.problems import PROBLEMS
from entrypoints.settings import read_settings, unknown_variables
from ocrcore import ItemErrorCode
from ocrcore.domain.notice import ping
from ocrcore.domain.options import OPTIONS
from ocrcore.domain.webhook import Delivery, secret_text, signed_headers
from ocrcore.testing.builders import START, an_id
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.webhooks import a_webhook

ROOT = Path(__file__).parents[2]
#: What the documents have people type, besides the guides, all of which a test follows -> the test that runs it.
RUN_BY = {
    "curl": "test_every_command_does_what_the_document_says",
    **dict.fromkeys(
        (f"deploy/aws/ocrcore-aws {command}" for command in ("doctor", "keys", "logs")),
        "test_commands_of_the_operator_run_on_a_machine_of_their_own",
    ),
    **dict.fromkeys(
        (f"deploy/aws/ocrcore-aws {command}" for command in ("init", "stop")),
        "test_a_stopped_service_is_prepared_without_its_machines_until_it_is_started",
    ),
    **dict.fromkeys(
        (f"deploy/aws/ocrcore-aws {command}" for command in ("key", "status", "up")),
        "test_the_page_leads_to_a_stack_and_a_first_key_and_a_release_replaces_machines",
    ),
    "deploy/aws/ocrcore-aws down": "test_down_says_what_stays_and_asks_first",
    "deploy/backup": "test_a_copy_of_a_running_service_is_the_service_again",
    "deploy/build-release": "test_machines_of_the_template_read_a_page",
    **dict.fromkeys(
        (
            "apt-get",
            "chmod",
            "deploy/install",
            "echo",
            "groupadd",
            "mkdir",
            "mysql",
            "openssl",
            "printf",
            "tar",
            "useradd",
        ),
        "test_two_machines_that_follow_the_document_make_a_pdf_searchable",
    ),
    "ocrcore doctor": "test_where_nothing_disagrees_it_says_so",
    "ocrcore init": "test_init_may_be_run_twice",
    "ocrcore keys": "test_every_command_does_what_the_document_says",
    "ocrcore ocr": "test_the_part_keeps_documents_and_the_engine_reads_them",
    "ocrcore serve": "test_two_machines_share_jobs_uploads_and_pages_and_need_nothing_else",
    "ocrcore webhooks": "test_the_command_makes_lists_and_tests_webhooks",
    "ocrcore worker": "test_pages_go_through_every_service_and_come_back_as_text",
    "pip": "test_the_example_passes_the_suites_where_it_is_installed",
    "ocrcore-restore": "test_a_copy_is_restored_with_the_same_settings_by_the_name_of_the_command",
    "restore": "test_a_copy_of_a_running_service_is_the_service_again",
}
#: What no test can run here, and why.
NOT_RUN = {
    "aws": "needs an account of AWS; the commands for a certificate are run on moto, the others compared with botocore",
    "docker": "needs a daemon; the image is built and run by buildah",
    "systemctl": "needs systemd as the first process; the units are checked and their programs run",
    "exportfs": "needs a server of NFS in the kernel",
    **dict.fromkeys(("chown", "mount", "mv", "runuser", "sleep"), "is of the system, not of ours"),
}
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
ADAPTERS = (ROOT / "docs/adapters.md").read_text()
BAD_INPUT = (ROOT / "docs/bad-input.md").read_text()


def _tests() -> Iterator[str]:
    for path in (*ROOT.glob("tests/**/*.py"), *ROOT.glob("src/ocrcore/testing/**/*.py")):
        yield from re.findall(r"def (test_\w+)", path.read_text())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)\)", document.read_text()):
        assert link.startswith("https://") or (document.parent / link).exists(), link


def _anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as they are shown by those who render Markdown."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_into_a_document_leads_to_a_heading(document: Path) -> None:
    for file, anchor in re.findall(r"\]\((?!https://)([^)#\s]*)#([^)\s]+)\)", document.read_text()):
        target = document.parent / file if file else document
        assert anchor in _anchors(target), (file, anchor)


def _typed(document: str) -> Iterator[str]:
    """Yield the programs that a document has people type, those of ours with their first argument."""
    for block in blocks(document, "sh", "console"):
        typed = re.findall(r"^\$ (.*)", block, re.MULTILINE) or re.sub(r"\\\n *", "", block).splitlines()
        for typed_line in typed:
            line = re.sub(r"^\w+=\$\((.*)\)$", r"\1", typed_line)
            words = re.sub(r"^(?:export )?(?:\w+=\S+ ?)+", "", line).split()
            if words:
                program = words[0].removeprefix("/opt/ocrcore/").removeprefix("release/").removeprefix("bin/")
                named = program.removeprefix("venv/bin/")
                yield f"{named} {words[1]}" if named in {"ocrcore", "deploy/aws/ocrcore-aws"} else named


def test_every_command_in_a_document_is_run_by_a_test() -> None:
    others = {str(document.relative_to(ROOT)) for document in DOCUMENTS} - {*GUIDES}
    assert {name for document in others for name in _typed(document)} - {"make"} == RUN_BY.keys() | NOT_RUN.keys()
    assert set(RUN_BY.values()) <= set(_tests())


def test_what_an_operator_pastes_on_a_shelf_exists() -> None:
    """The rest is in tests/machines, which follows the document, and takes long."""
    text = (ROOT / SHELF).read_text()
    pasted = "\n".join(blocks(SHELF, "sh"))
    shown = [found for block in blocks(SHELF, "sh") if (found := settings_in(block))]
    assert len(shown) == 2
    for variables in shown:
        assert unknown_variables(variables) == []
        assert read_settings(variables).database_ca is not None
    assert shelf_settings("MySQL and an S3")["OCR_DOCUMENTS"] == "s3"
    assert "`OCR_SLOTS=0`" in text
    assert {*re.findall(r"(?:^|[ =(])ocrcore (?!ocrcore)([a-z]+)", pasted, re.MULTILINE)} <= main.commands.keys()
    files = set(re.findall(r"(?<![\w/])(?:/opt/ocrcore/release/)?(deploy/[\w./-]+)", text)) - {"deploy/compose.env"}
    assert [file for file in files if not (ROOT / file).exists()] == []
    units = set(re.findall(r"ocrcore-(?:serve|worker|backup)(?:\.\w+)?", pasted))
    assert [unit for unit in units if not list((ROOT / "deploy/systemd").glob(f"{unit}*"))] == []
    accounts = set(re.findall(r"\bocr_(?:init|api|worker)\b", text))
    assert accounts == set(
        re.findall(r"CREATE USER IF NOT EXISTS (\w+)", (ROOT / "deploy/mysql/rights.sql").read_text())
    )


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text()
    linked = {(ROOT / "docs" / link).resolve() for link in re.findall(r"\]\(([^)#\s]+)\)", index)}
    pages = [page for page in DOCUMENTS if page.parent.name != "decisions" and page.name != "LICENSE"]
    assert [page.name for page in pages if page.resolve() not in {*linked, ROOT / "docs/README.md"}] == []
    assert "(docs/README.md)" in (ROOT / "README.md").read_text()


def test_the_page_about_the_library_is_made_of_its_docstrings() -> None:
    assert write_reference.LIBRARY.read_text() == write_reference.page()  # else: python scripts/write_reference.py


def test_the_page_about_options_has_the_table_of_the_code() -> None:
    page = write_reference.OPTION_PAGE.read_text()
    assert page == write_reference.option_page()  # else: python scripts/write_reference.py
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [option.name for option in OPTIONS]


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", "\n".join(path.read_text() for path in DOCUMENTS)))
    assert named
    assert named <= set(_tests())


def test_every_kind_of_bad_input_has_a_test() -> None:
    sections = BAD_INPUT.split("\n## ")[1:]
    assert sections[-1].startswith("Not yet\n")
    for section in sections[:-1]:
        _heading, _rule, *rows = re.findall(r"^\|.*", section, re.MULTILINE)
        assert rows
        assert [row for row in rows if not re.search(r"`test_\w+`", row)] == []


def test_every_code_is_among_the_bad_input_with_its_status() -> None:
    named = {(code, int(status)) for status, code in re.findall(r"(\d{3}) `([a-z-]+)`", BAD_INPUT)}
    statuses = {str(code): status for code, (status, _title) in PROBLEMS.items()}
    assert named <= statuses.items()
    assert [code for code in (*statuses, *ItemErrorCode) if f"`{code}`" not in BAD_INPUT] == []


def test_no_test_is_named_after_the_number_of_a_row() -> None:
    names = [path.stem for path in ROOT.glob("tests/**/*.py")]
    for path in ROOT.glob("tests/**/*.py"):
        names += re.findall(r"def (\w+)", path.read_text())
    assert [name for name in names if re.search(r"row_\d", name)] == []


def test_every_checker_that_is_named_exists() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "src/ocrcore/testing/simulation").glob("*.py"))
    exist = {str(invariant.number) for invariant in Invariant if f"Invariant.{invariant.name}" in sources}
    assert exist == {str(invariant.number) for invariant in Invariant}
    guarantee = (ROOT / "docs/delivery-guarantee.md").read_text()
    named = [number for cell in re.findall(r"simulation ([\d, ]+)", guarantee) for number in re.findall(r"\d+", cell)]
    assert named
    assert set(named) <= exist


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"`make ([a-z]+)", path.read_text())}
    assert named <= targets


def test_only_what_users_run_does_without_the_tools_of_the_tests() -> None:
    needs = dict(re.findall(r"^([a-z-]+):(.*?)(?:##|$)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {target for target, needed in needs.items() if "setup" in needed.split()} == {"tools", "demo", "serve"}


def test_the_life_of_an_item_is_drawn_as_the_tables_have_it() -> None:
    assert PICTURE.read_text() == picture()  # else: python scripts/draw_lifecycle.py


def test_every_port_is_documented() -> None:
    ports = {
        name
        for path in (ROOT / "src/ocrcore/ports").glob("*.py")
        for name in re.findall(r"^class (\w+)\(Protocol\)", path.read_text(), re.MULTILINE)
    }
    assert {port for port in ports - {"Stop"} if f"`{port}`" not in ADAPTERS} == set()


def test_every_suite_that_is_named_exists() -> None:
    suites = re.findall(r"`(\w+)\.(\w+Contract)`", ADAPTERS)
    assert suites
    for module, name in suites:
        assert hasattr(import_module(f"ocrcore.testing.{module}"), name)


def test_every_name_in_the_glossary_exists() -> None:
    sources = ROOT / "src"
    text = "\n".join(path.read_text() for path in sources.rglob("*.py"))
    defined = set(re.findall(r"^ *(?:(?:async )?def |class )?(\w+) ?[(:=\[]", text, re.MULTILINE))
    named = re.findall(r"`([^`]+)`", (ROOT / "docs/glossary.md").read_text())
    assert named
    assert [name for name in named if name not in defined and not (sources / name).is_file()] == []


def test_programs_that_verify_a_webhook_take_ours_and_the_one_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    by_library, by_hand = blocks("docs/webhooks.md", "python")
    example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    secret = b"the secret of a webhook".ljust(32)
    delivery = Delivery.of(ping(an_id(1), an_id(2), START), a_webhook())
    headers, body = signed_headers(delivery, secret, datetime.now(UTC)), delivery.body.encode()
    names: dict[str, Any] = {"headers": headers, "body": body}
    exec(by_library.replace(example, secret_text(secret)), names)  # noqa: S102 - the program of the document
    assert names["notice"] == json.loads(body)
    exec(by_hand, names)  # noqa: S102 - the same
    assert names["is_ours"](secret_text(secret), headers, body)
    assert not names["is_ours"](secret_text(secret), headers, body + b" ")

    (request,) = (block for block in blocks("docs/webhooks.md", "http") if "webhook-signature" in block)
    head, _, shown = request.partition("\n\n")
    told = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    monkeypatch.setattr(time, "time", lambda: int(told["webhook-timestamp"]))
    assert names["is_ours"](example, told, shown.replace("\n", "").encode())
