"""Prepare the database of a stack, or its next release: accounts, ``ocrcore init``, rights, and the first API key.

May run any number of times. It runs on a machine of its own, whose role alone may read all four passwords. The settings
of the service are in ``/etc/ocrcore``. The ids of secrets are in the environment: ``OCRCORE_ADMINISTRATOR_SECRET``,
``OCRCORE_SECRET_ID`` (of ``ocr_init``), ``OCRCORE_API_SECRET``, ``OCRCORE_WORKER_SECRET`` and ``OCRCORE_FIRST_KEY``; so
is ``OCRCORE_DATABASE_HOST``. ``OCRCORE_ANSWER`` (bucket and key, with a slash between them) is where it says that it is
done, if somebody waits for that.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import boto3
import pymysql

_RIGHTS = Path(__file__).resolve().parents[1] / "mysql" / "rights.sql"
_SECRETS = {"ocr_init": "OCRCORE_SECRET_ID", "ocr_api": "OCRCORE_API_SECRET", "ocr_worker": "OCRCORE_WORKER_SECRET"}
_SETTINGS = ("/etc/ocrcore/ocrcore.env", "/etc/ocrcore/secret.env")


def statements(passwords: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements of ``rights.sql``, with passwords; accounts that exist get theirs again."""
    text = re.sub(r"^--.*$", "", _RIGHTS.read_text(), flags=re.MULTILINE)
    for statement in filter(None, (part.strip() for part in text.split(";"))):
        if (made := re.match(r"CREATE USER IF NOT EXISTS (\w+)@'%'", statement)) is None:
            yield statement
            continue
        password = passwords[made[1]]
        if not password.isalnum():
            sys.exit(f"The secret of {made[1]} may have letters and digits only.")
        yield statement.replace("CHANGE-ME", password)
        yield f"ALTER USER {made[1]}@'%' IDENTIFIED BY '{password}'"


def is_for_init(statement: str) -> bool:
    """Return whether a statement is needed before there are tables: it makes an account, or is about ``ocr_init``."""
    return "USER" in statement.partition(" ON ")[0] or " TO ocr_init@" in statement


def main() -> None:
    """Prepare everything."""
    environment = {**os.environ, **_settings()}
    secrets = boto3.client("secretsmanager", region_name=environment["AWS_REGION"])

    def secret(name: str) -> str:
        return secrets.get_secret_value(SecretId=os.environ[name])["SecretString"]

    administrator = json.loads(secret("OCRCORE_ADMINISTRATOR_SECRET"))
    wanted = list(statements({account: secret(name) for account, name in _SECRETS.items()}))
    _execute(administrator, environment, [one for one in wanted if is_for_init(one)])
    _ocrcore(environment, "init")
    _execute(administrator, environment, [one for one in wanted if not is_for_init(one)])
    if not secrets.describe_secret(SecretId=os.environ["OCRCORE_FIRST_KEY"]).get("VersionIdsToStages"):
        api = f"mysql+pymysql://ocr_api:{quote(secret('OCRCORE_API_SECRET'))}@{os.environ['OCRCORE_DATABASE_HOST']}/ocr"
        key = _ocrcore(
            {**environment, "OCR_DATABASE_URL": api},
            *("keys", "create", "local", "--name", "first", "--scope", "read,write,admin"),
        )
        secrets.put_secret_value(SecretId=os.environ["OCRCORE_FIRST_KEY"], SecretString=key.strip())
    if answer := os.environ.get("OCRCORE_ANSWER"):
        bucket, _, where = answer.partition("/")
        boto3.client("s3", region_name=environment["AWS_REGION"]).put_object(Bucket=bucket, Key=where, Body=b"{}")


def _settings() -> dict[str, str]:
    files = os.environ.get("OCRCORE_SETTINGS", ":".join(_SETTINGS)).split(":")
    lines = [line for file in files for line in Path(file).read_text().splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _execute(administrator: Mapping[str, str], environment: Mapping[str, str], wanted: list[str]) -> None:
    host, _, port = os.environ["OCRCORE_DATABASE_HOST"].partition(":")
    authorities = environment.get("OCR_DATABASE_CA")
    with pymysql.connect(
        host=host,
        port=int(port or 3306),
        user=administrator["username"],
        password=administrator["password"],
        ssl_ca=authorities,
        ssl_verify_cert=authorities is not None,
        ssl_verify_identity=authorities is not None,
    ) as connection:
        for statement in wanted:
            connection.cursor().execute(statement)


def _ocrcore(environment: Mapping[str, str], *arguments: str) -> str:
    """Run the command of this environment, and return what it printed; why it failed is on stderr."""
    program = Path(sys.executable).with_name("ocrcore")
    ended = subprocess.run([program, *arguments], env=dict(environment), stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        sys.exit(ended.returncode)
    return ended.stdout


if __name__ == "__main__":
    main()
