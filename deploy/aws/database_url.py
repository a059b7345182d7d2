"""Write the database's URL, with the password of this machine's account, where the units read it.

Environment: ``OCRCORE_ACCOUNT``, ``OCRCORE_SECRET_ID``, ``OCRCORE_DATABASE_HOST``; optionally ``OCRCORE_SECRET_FILE``.
"""

import os
from pathlib import Path

import boto3


def database_url(account: str, secret_id: str, host: str) -> str:
    """Return the URL of the schema ``ocr``. The passwords of the template have letters and digits only."""
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    return f"mysql+pymysql://{account}:{secret}@{host}/ocr"


def main() -> None:
    """Write the file for this user alone."""
    url = database_url(
        os.environ["OCRCORE_ACCOUNT"], os.environ["OCRCORE_SECRET_ID"], os.environ["OCRCORE_DATABASE_HOST"]
    )
    path = Path(os.environ.get("OCRCORE_SECRET_FILE", "/etc/ocrcore/secret.env"))
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(f"OCR_DATABASE_URL={url}\n")


if __name__ == "__main__":
    main()
