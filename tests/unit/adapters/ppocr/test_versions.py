from pathlib import Path

import pytest

from adapters.ppocr import versions


@pytest.mark.parametrize(
    ("processor", "has"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx512_bf16 amx_bf16 amx_tile\n", True),
        ("processor\t: 0\nflags\t\t: fpu amx_bf16\n\nprocessor\t: 1\nflags\t\t: fpu amx_bf16\n", True),
        ("flags\t\t: fpu avx2 avx512_bf16 amx_int8\n", False),
        ("bugs\t\t: amx_bf16\nflags\t\t: fpu\n", False),
        ("flags\t\t: not_amx_bf16\n", False),
        ("", False),
    ],
)
def test_the_flags_of_the_processor_tell_whether_it_has_amx(processor: str, *, has: bool, tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(processor, encoding="utf-8")
    assert versions.has_amx(file) is has


def test_a_system_that_tells_nothing_about_its_processor_has_none(tmp_path: Path) -> None:
    assert not versions.has_amx(tmp_path / "none")


@pytest.mark.parametrize(("amx", "name"), [(True, "openvino bf16"), (False, "onnxruntime f32")])
def test_openvino_is_for_processors_with_amx(*, amx: bool, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "has_amx", lambda: amx)
    monkeypatch.setattr(versions, "find_spec", lambda _: object())
    assert versions.preferred_runtime() == name


def test_without_openvino_amx_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "has_amx", lambda: True)
    monkeypatch.setattr(versions, "find_spec", lambda _: None)
    assert versions.preferred_runtime() == "onnxruntime f32"


def test_a_version_names_models_and_runtime_and_what_is_not_used() -> None:
    assert versions.version_of("openvino bf16") == "ppocr v6 small/tiny, openvino bf16"
    assert versions.version_of("a", "as b fails") == "ppocr v6 small/tiny, a, as b fails"
