"""Write the options of MySQL's programs for ``OCR_DATABASE_URL`` into a file of this user, and print the schema.

So no password is among the arguments of a command, which everybody on the machine can read.
"""

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main(path: Path) -> None:
    """Write the file, and print the schema."""
    url = urlsplit(os.environ["OCR_DATABASE_URL"])
    options = {
        "host": url.hostname or "127.0.0.1",
        "port": str(url.port or 3306),
        "user": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "protocol": "tcp",
    }
    if authorities := os.environ.get("OCR_DATABASE_CA"):
        options |= {"ssl-ca": authorities}
    path.touch(mode=0o600)
    path.write_text("[client]\n" + "".join(f"{name}={_quoted(text)}\n" for name, text in options.items()))
    print(unquote(url.path.lstrip("/")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
