"""The site of the documents has all of them, by one list. MkDocs itself checks its links: make docs."""

import docs_site
from docs_site import INDEX, ROOT

NAVIGATION = docs_site.navigation((ROOT / INDEX).read_text())


def test_every_document_is_a_page_and_in_the_navigation() -> None:
    shown = set(docs_site._paths(NAVIGATION))
    pages = {str(page.relative_to(ROOT)) for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]}
    assert pages | {"docs/commands.md", "docs/decisions/index.md"} == shown


def test_the_chapters_are_the_four_kinds_of_documents() -> None:
    assert [title for chapter in NAVIGATION for title in chapter] == [
        *("ocrcore", "Learn it", "How to do something", "Look something up", "Understand it", "All documents"),
    ]


def test_what_the_documents_show_and_link_to_is_on_the_site() -> None:
    files = docs_site.sources(NAVIGATION)
    assert len(files) == len(set(files))
    assert {"LICENSE", "docs/page.png", "docs/hexagon.svg", "deploy/compose.yaml"} <= {*files}
    assert all((ROOT / file).is_file() for file in files)


def test_every_decision_is_listed_by_its_title() -> None:
    listed = docs_site.decisions()
    for file in (ROOT / "docs/decisions").glob("*.md"):
        assert f"]({file.name})" in listed
    assert "[1. The top-level packages are ocrcore, adapters and entrypoints](0001-top-level-packages.md)" in listed


def test_every_command_has_a_chapter() -> None:
    page = docs_site.commands()
    for command in ("ocrcore", "ocrcore ocr", "ocrcore jobs submit", "ocrcore webhooks create"):
        assert f"\n## `{command}`\n" in page
    assert "Usage: ocrcore jobs submit [OPTIONS] FILES..." in page
