"""Text in XML 1.0: escaped, and without the characters that no document may contain."""

import re
from html import escape  # that of xml.sax.saxutils does the same, and imports a client for HTTP
from typing import Final

#: Characters outside of XML's ``Char``, and the C1 control characters, which it discourages.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: Tesseract's language codes that are no language tags -> the tag (BCP 47).
_TAGS: Final = {
    "chi_sim": "zh-Hans", "chi_sim_vert": "zh-Hans", "chi_tra": "zh-Hant", "chi_tra_vert": "zh-Hant",
}  # fmt: skip
#: A tag. A name that begins with a capital letter is that of a script, as "Latin".
_TAG: Final = re.compile("[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def plain(text: str) -> str:
    """Return the text on one line, blanks folded, without characters that XML forbids."""
    return " ".join(_FORBIDDEN.sub("", text).split())


def content(text: str) -> str:
    """Return the plain text as the content of an element."""
    return escape(plain(text), quote=False)


def quoted(text: str) -> str:
    """Return the plain text as the value of an attribute, with its quotation marks."""
    return '"' + content(text).replace('"', "&quot;") + '"'


def language_tag(code: str) -> str | None:
    """Return the language tag (BCP 47) of an engine's code, or None for one that is no language, as ``7seg``."""
    tag = _TAGS.get(code, code.partition("_")[0])
    return tag if _TAG.fullmatch(tag) else None


def decimal(value: float) -> str:
    """Return a number without an exponent, with four decimals at most."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")  # + 0.0: no -0


def only_language(languages: tuple[str, ...]) -> str | None:
    """Return the tag of a page's language, or None if it may be in several, or in one without a tag."""
    return language_tag(languages[0]) if len(languages) == 1 else None
