from ocrcore.domain.media import ACCEPTED, KIND_OF, KINDS, SUFFIXES, UNKNOWN, kind_of_extension


def test_the_accepted_kinds_are_listed_in_a_sentence() -> None:
    assert ACCEPTED == "PDF, JPEG, PNG, TIFF, WebP, GIF, BMP, AVIF, JPEG 2000 or HEIC"


def test_no_two_kinds_share_an_extension_a_media_type_or_an_ending() -> None:
    assert len(KIND_OF) == len({kind.media_type for kind in KINDS}) == len(KINDS)
    assert len(SUFFIXES) == sum(len(kind.suffixes) for kind in KINDS)


def test_a_stored_file_of_no_accepted_kind_is_unknown() -> None:
    assert kind_of_extension("tif") is KIND_OF["tif"]
    assert kind_of_extension("bin") is UNKNOWN
    assert UNKNOWN not in KINDS
