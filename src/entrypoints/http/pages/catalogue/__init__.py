"""Every sentence of the pages, in every language. Nothing that a person reads stands in a template or a script.

A text that counts something has two keys, ``.one`` and ``.many``. Those under ``js.`` are given to the script.
Sentences of the core, such as why a page failed, come in English from its own tables by code; the API and the command
line say the same. The other languages have them here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from entrypoints.http.pages.catalogue.english import ENGLISH
from entrypoints.http.pages.catalogue.english_reasons import ENGLISH_PROBLEMS
from entrypoints.http.pages.catalogue.portuguese import PORTUGUESE
from entrypoints.http.pages.catalogue.portuguese_reasons import PORTUGUESE_PROBLEMS

#: Code of a language -> key -> text, with names in braces for what is put in.
CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"en": MappingProxyType(ENGLISH), "pt": MappingProxyType(PORTUGUESE)}
)

#: Code of a language -> code of a problem -> what to do. The answer itself has a sentence, which is the English one for
#: most codes.
PROBLEM_SENTENCES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"en": MappingProxyType(ENGLISH_PROBLEMS), "pt": MappingProxyType(PORTUGUESE_PROBLEMS)}
)
