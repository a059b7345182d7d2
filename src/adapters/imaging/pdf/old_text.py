"""Old text of a page of a PDF, which is taken out of its content before another one is laid over it.

For walled processes only.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf

from adapters.imaging.pdf.marks import INVISIBLE, WINDOW
from adapters.imaging.pdf.seen_text import Seen

Instructions = Sequence[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]

#: How deep forms are searched in forms.
_DEPTH: Final = 8
_SHOWS: Final = frozenset({"Tj", "TJ", "'", '"'})
#: The modes in which text is painted, and those in which it is a window besides (ISO 32000-1, table 106).
_PAINTED, _PAINTED_WINDOWS = frozenset({0, 1, 2}), frozenset({4, 5, 6})
#: Instructions that paint something else than text.
_PAINTS: Final = frozenset({"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"})


def take_out_text(pdf: Pdf, page: Page, seen: Seen) -> bool:
    """Take the text that is not seen out of a page and its forms, which become this page's own.

    That is what says that it is invisible and, if no letter is seen, all other. What lies in a layer that is switched
    off stays, because a person may switch it on.

    Return False, and leave the page, if letters are seen as a window: they are text that is seen after all.
    """
    resources = _copy(page.obj.get("/Resources"))
    stripping = _Stripping(pdf, painted=seen is Seen.NO_LETTER)
    kept = stripping.visible(pikepdf.parse_content_stream(page), resources, 0, _DEPTH)
    if stripping.has_windows:
        return False
    page.obj.Resources = resources
    page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
    return True


class _Stripping:
    """Takes text out of content streams: that which is invisible, and that which is ``painted`` if that is asked."""

    def __init__(self, pdf: Pdf, *, painted: bool) -> None:
        self._pdf = pdf
        self._gone = {INVISIBLE, *(_PAINTED if painted else ())}
        self._windows = {WINDOW, *(_PAINTED_WINDOWS if painted else ())}
        self._layers = _Layers(pdf)
        #: Whether something was painted within the outlines of letters.
        self.has_windows = False

    def visible(self, content: Instructions, resources: Dictionary, mode: int, depth: int) -> Instructions:
        """Return what remains of a content stream that begins in this mode; replaces its forms in its resources."""
        forms = _copy(resources.get("/XObject"))
        state = _State(mode, self._layers, _copy(resources.get("/Properties")))
        kept = []
        for instruction, is_painted_on in zip(content, _painted_on(content), strict=True):
            operator = str(instruction.operator)
            state.follow(operator, instruction.operands)
            if operator in _SHOWS and self._is_gone(state, is_painted_on=is_painted_on):
                continue
            if operator == "Do" and depth and not state.is_off:
                form = _form(forms, instruction.operands)
                if form is not None and not self._layers.is_off(form.get("/OC")):
                    forms[str(instruction.operands[0])] = self._form(form, resources, state.mode, depth - 1)
            kept.append(instruction)
        if len(forms):
            resources.XObject = forms
        return kept

    def _is_gone(self, state: "_State", *, is_painted_on: bool) -> bool:
        """Return whether text in this state goes, and note where it is a window."""
        if state.is_off and state.mode != INVISIBLE:
            return False
        self.has_windows |= state.mode in self._windows and is_painted_on
        return state.mode in self._gone or (state.mode in self._windows and not is_painted_on)

    def _form(self, form: pikepdf.Stream, resources: Dictionary, mode: int, depth: int) -> pikepdf.Stream:
        """Return a copy of a form without its text. Without resources of its own it has those of its page."""
        found = form.get("/Resources")
        own = _copy(found if isinstance(found, Dictionary) else resources)
        kept = self.visible(pikepdf.parse_content_stream(form), own, mode, depth)
        entries = {key: value for key, value in form.items() if key not in {"/Length", "/Filter", "/DecodeParms"}}
        copy = self._pdf.make_stream(pikepdf.unparse_content_stream(kept), entries)
        copy.Resources = own
        return copy


class _State:
    """The mode of text, and the layers, while a content stream is read."""

    def __init__(self, mode: int, layers: "_Layers", names: Dictionary) -> None:
        """``names`` are those of the layers, in the resources."""
        self.mode = mode
        self._layers, self._names = layers, names
        self._saved: list[int] = []
        self._marked: list[bool] = []

    @property
    def is_off(self) -> bool:
        """Whether what is painted now may be out of sight in a layer."""
        return any(self._marked)

    def follow(self, operator: str, operands: Iterable[Object]) -> None:
        """Take note of an instruction."""
        match operator:
            case "q":
                self._saved.append(self.mode)
            case "Q" if self._saved:
                self.mode = self._saved.pop()
            case "Tr":
                self.mode = _mode(operands, self.mode)
            case "BDC" | "BMC":
                self._marked.append(self._layers.hide(operands, self._names))
            case "EMC" if self._marked:
                self._marked.pop()


class _Layers:
    """The layers of a document (optional content), and which of them may be switched on by a person."""

    def __init__(self, pdf: Pdf) -> None:
        usual = _copy(_copy(pdf.Root.get("/OCProperties")).get("/D"))
        self._all_off = usual.get("/BaseState") == Name.OFF
        off = usual.get("/OFF")
        self._off = (
            {layer.objgen for layer in off if isinstance(layer, Dictionary)} if isinstance(off, Array) else set()
        )

    def hide(self, operands: Iterable[Object], names: Dictionary) -> bool:
        """Return whether what is marked so lies in a layer that is off, or in one that depends on others."""
        match [*operands]:
            case [Name.OC, Name() as name]:
                return self.is_off(names.get(str(name)))
        return False

    def is_off(self, layer: Object | None) -> bool:
        """Return whether a layer is off, or depends on others."""
        if not isinstance(layer, Dictionary):
            return False
        return self._all_off or layer.objgen in self._off or layer.get("/Type") == Name.OCMD


def _painted_on(content: Instructions) -> Sequence[bool]:
    """Return for each instruction whether another one paints after it, before what it clips to is forgotten."""
    answers: list[bool] = []
    levels = [False]
    for instruction in reversed(content):
        answers.append(levels[-1])
        match str(instruction.operator):
            case "Q":
                levels.append(False)
            case "q" if len(levels) > 1:
                painted = levels.pop()
                levels[-1] |= painted
            case operator if operator in _PAINTS:
                levels[-1] = True
    return answers[::-1]


def _copy(entries: Object | None) -> Dictionary:
    """Return a dictionary with the same entries; an empty one for what is none, as viewers do."""
    return Dictionary(dict(entries.items()) if isinstance(entries, Dictionary) else {})


def _mode(operands: Iterable[Object], before: int) -> int:
    """Return the mode of rendering text that an instruction sets; one without a number sets none."""
    try:
        return int(next(iter(operands)))
    except (StopIteration, TypeError, ValueError):
        return before


def _form(forms: Dictionary, operands: Iterable[Object]) -> pikepdf.Stream | None:
    """Return the form that an instruction draws, or None if it draws none."""
    names = [*operands]
    if len(names) != 1 or not isinstance(names[0], Name):
        return None
    found = forms.get(str(names[0]))
    return found if isinstance(found, pikepdf.Stream) and found.get("/Subtype") == "/Form" else None
