"""ALTO as its schema wants it. No package has the schema, so the rules for what is written here stand below.

Source: version 4.4 at https://www.loc.gov/standards/alto/.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from ocrcore.domain.layout import Layout, layout_of
from unit.formats.test_given_layouts import given
from unit.formats.test_layout_formats import ALTO, EMPTY, HOSTILE, OUTSIDE, SCRIPTS, SIZE, line, written

#: Element -> the elements in it, in order, as a pattern of their names with a blank behind each.
CHILDREN = {
    "alto": "(Description )?(Styles )?(Tags )?(ReadingOrder )?Layout ",
    "Description": "MeasurementUnit (sourceImageInformation )?(OCRProcessing )*(Processing )*",
    "sourceImageInformation": "(fileName )?(fileIdentifier )*(documentIdentifier )*",
    "Processing": "(processingCategory )?(processingDateTime )?(processingAgency )?(processingStepDescription )*"
    "(processingStepSettings )?(processingSoftware )?",
    "processingSoftware": "(softwareCreator )?(softwareName )?(softwareVersion )?(applicationDescription )?",
    "Layout": "(Page )+",
    "Page": "(TopMargin )?(LeftMargin )?(RightMargin )?(BottomMargin )?(PrintSpace )?",
    "PrintSpace": "(Shape )?((TextBlock|Illustration|GraphicalElement|ComposedBlock) )*",
    "TextBlock": "(Shape )?(TextLine )*",
    "TextLine": "(Shape )?(String (SP )?)+(HYP )?",
}
NAME, NUMBER, SHARE = r"[A-Za-z_][\w.-]*", r"-?\d+(\.\d+)?", r"0(\.\d+)?|1"
TAG, POINTS, ANY = "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", r"-?\d+,-?\d+( -?\d+,-?\d+)*", "(?s:.*)"
PLACE = dict.fromkeys(("HPOS", "VPOS", "WIDTH", "HEIGHT"), NUMBER)
#: Element -> its attributes, each with a pattern of its values; an empty element has none.
ATTRIBUTES = {
    "alto": {"SCHEMAVERSION": ANY, "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation": ANY},
    "Processing": {"ID": NAME},
    "Page": {
        "ID": NAME,
        "PHYSICAL_IMG_NR": NUMBER,
        "WIDTH": NUMBER,
        "HEIGHT": NUMBER,
        "PROCESSINGREFS": NAME,
        "PC": SHARE,
        "LANG": TAG,
    },
    "PrintSpace": PLACE,
    "TextBlock": {"ID": NAME, "ROTATION": NUMBER, **PLACE},
    "TextLine": {"ID": NAME, "BASELINE": POINTS, **PLACE},
    "String": {"ID": NAME, "CONTENT": ANY, "WC": SHARE, **PLACE},
    "SP": PLACE,
}
REQUIRED = {"Page": {"ID", "PHYSICAL_IMG_NR"}, "Processing": {"ID"}, "TextBlock": {"ID"}, "String": {"CONTENT"}}
#: The only elements with text.
TEXTS = {"MeasurementUnit": "pixel", "fileName": ANY, "softwareName": ANY, "softwareVersion": ANY}
NOTHING = layout_of([[line("\ufffe", "\x01"), line("one", "\ufffe", "two", top=60)]], SIZE, "tesseract 5.3.0", ("eng",))
LAYOUTS: dict[str, Sequence[Layout]] = {
    "hostile": given("layout-hostile-xml.json"),
    "scripts": given("layout-scripts.json"),
    "pages": given("layout-two-pages.json"),
    "outside of the page": [OUTSIDE, EMPTY],
    "baselines": [replace(SCRIPTS, lines=tuple(replace(one, baseline=(0.0125, -7)) for one in SCRIPTS.lines))],
    "turned": [replace(SCRIPTS.turned(-90), rotation=90)],
    "words that are none": [NOTHING],
    "all of them": [HOSTILE, SCRIPTS, OUTSIDE, EMPTY, NOTHING],
}


@pytest.mark.parametrize("layouts", LAYOUTS.values(), ids=LAYOUTS)
def test_alto_follows_its_schema(layouts: Sequence[Layout]) -> None:
    root = ET.fromstring(written("alto", *layouts))  # noqa: S314 - our own document
    for element in root.iter():
        name = element.tag.removeprefix(ALTO)
        inside = "".join(f"{child.tag.removeprefix(ALTO)} " for child in element)
        assert re.fullmatch(CHILDREN.get(name, ""), inside), (name, inside)
        patterns = ATTRIBUTES.get(name, {})
        assert REQUIRED.get(name, set()) <= element.attrib.keys() <= patterns.keys(), (name, element.attrib)
        for key, value in element.attrib.items():
            assert re.fullmatch(patterns[key], value), (name, key, value)
        assert re.fullmatch(TEXTS.get(name, r"\s*"), element.text or ""), (name, element.text)


def test_a_page_refers_to_the_description_of_its_engine() -> None:
    root = ET.fromstring(written("alto", HOSTILE, SCRIPTS))  # noqa: S314
    described = {element.attrib["ID"] for element in root.iter(f"{ALTO}Processing")}
    first, other = (page.attrib["PROCESSINGREFS"] for page in root.iter(f"{ALTO}Page"))
    assert {first, other} == described
    assert first != other  # another engine read it
