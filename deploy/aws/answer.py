"""Run a command of the operator on a machine of its own, and put what it printed where ``ocrcore-aws`` fetches it.

Environment: ``OCRCORE_COMMAND`` (the words after ``ocrcore``, as JSON), ``OCRCORE_ANSWER`` (bucket and key, with a
slash between them); for tests ``OCRCORE_PROGRAM``. The answer may hold a new key, so it goes to no console and no log.
"""

import json
import os
import subprocess

import boto3


def main() -> None:
    """Run the command, whatever becomes of it, and answer."""
    program = os.environ.get("OCRCORE_PROGRAM", "/usr/local/bin/ocrcore")
    words = [program, *json.loads(os.environ["OCRCORE_COMMAND"])]
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    answer = {"status": ended.returncode, "stdout": ended.stdout, "stderr": ended.stderr}
    bucket, _, key = os.environ["OCRCORE_ANSWER"].partition("/")
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(answer).encode())


if __name__ == "__main__":
    main()
