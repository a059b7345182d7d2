from datetime import UTC, datetime

from ocrcore.domain.sentence import Sentence, counted

_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_ENGLISH = {"late": "{who}: {pages} wait since {at}, {n} in all.", "pages.one": "1 page", "pages.many": "{n} pages"}
_TURNED = {"late": "{at} {n} {pages} {who}", "pages.one": "eine Seite", "pages.many": "{n} Seiten"}


def test_a_sentence_is_told_in_each_language_with_all_its_parts() -> None:
    sentence = Sentence("late", {"who": "{n}", "pages": counted("pages", 1200), "at": _AT, "n": 1201})
    assert sentence.told(_ENGLISH) == "{n}: 1200 pages wait since 2026-01-02 03:04:05 UTC, 1201 in all."
    assert sentence.told(_TURNED, "{:_}".format) == "2026-01-02 03:04:05 UTC 1_201 1_200 Seiten {n}"
    assert counted("pages", 1).told(_TURNED) == "eine Seite"
    assert counted("pages", 0).told(_ENGLISH) == "0 pages"
