import subprocess
import sys

_LOADED = """
import sys
import entrypoints.backends.aws_parts, entrypoints.backends.parts, entrypoints.container, entrypoints.http.server
print(*{name.partition(".")[0] for name in sys.modules} & {"PIL", "numpy", "cv2", "tesserocr", "onnxruntime"})
"""


def test_the_process_of_the_api_loads_no_image_library() -> None:
    loaded = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, check=True, text=True)
    assert loaded.stdout.strip() == ""
