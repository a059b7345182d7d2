import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.joining import blanks_between, blanks_in, join_words, letters


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["one", "two"], "one two"),
        (["今", "日", "は"], "今日は"),
        (["東京", "Tower", "です"], "東京 Tower です"),
        (["第", "12", "章"], "第 12 章"),
        (["你好", "。", "世界", "。"], "你好。世界。"),
        (["カタ", "ｶﾅ"], "カタｶﾅ"),
        (["ภาษา", "ไทย"], "ภาษาไทย"),
        (["ພາສາ", "ລາວ"], "ພາສາລາວ"),
        (["ភាសា", "ខ្មែរ"], "ភាសាខ្មែរ"),
        (["မြန်မာ", "စာ"], "မြန်မာစာ"),
        (["한국", "어"], "한국 어"),
        (["他说", "：", "“", "你好", "”", "——", "好", "…"], "他说：“你好”——好…"),  # noqa: RUF001
        (["“你好”", "…", "—", "吗", "‘", "好", "’"], "“你好”…—吗‘好’"),  # noqa: RUF001
        (["约翰", "·", "史密斯"], "约翰·史密斯"),
        (["价格", "￥", "５", "０", "㎡", "㈱"], "价格￥５０㎡㈱"),  # noqa: RUF001
        (["said", "“", "yes", "”", "—", "and", "…"], "said “ yes ” — and …"),
        (["한국", "“", "어", "”"], "한국 “ 어 ”"),
        (["Tower", "“", "東京", "”", "said"], "Tower “東京” said"),
        (["”", "“"], "” “"),
        (["東京", "”", "Tower"], "東京” Tower"),
        (["שלום", "עולם"], "שלום עולם"),
        ([], ""),
    ],
)
def test_a_blank_stands_between_words_of_scripts_that_have_blanks(words: list[str], line: str) -> None:
    assert join_words(words) == line


@given(st.lists(st.text(min_size=1).filter(lambda word: word.split() == [word])))
def test_joining_loses_and_adds_no_letter(words: list[str]) -> None:
    assert letters(join_words(words)) == letters("".join(words))


@pytest.mark.parametrize(
    ("text", "words", "blanks"),
    [
        ("发票 号码总计", ["发票", "号码", "总计"], [True, False]),
        ("one  two", ["one", "two"], [True]),
        ("o\u0303 ne", ["\u00f5", "ne"], [True]),
        ("发票 又", ["发票", "号码", "x"], [False, True]),
        ("发票", ["发票"], []),
        ("", [], []),
    ],
)
def test_the_text_of_a_line_says_where_its_blanks_are(text: str, words: list[str], blanks: list[bool]) -> None:
    assert blanks_in(text, words) == blanks


@given(st.lists(st.text(min_size=1).filter(lambda word: word.split() == [word]), min_size=1))
def test_blanks_are_those_of_the_joined_line(words: list[str]) -> None:
    assert blanks_in(join_words(words), words) == blanks_between(words)


def test_letters_are_compared_however_they_are_composed() -> None:
    assert letters("a\u0303 o\n") == letters("\u00e3o")
