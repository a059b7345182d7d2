"""Signing in, as a browser does it with the page and a program with a body of JSON."""

import json
from dataclasses import replace
from typing import Final

from integration.http.keyed_house import SETTINGS, Answer, House

NAME: Final = "ocr.example.org"
FORM: Final = "application/x-www-form-urlencoded"
PUBLIC: Final = replace(
    SETTINGS, public_url="https://ocr.example.org", base_path="/ocr", trusted_proxies=("127.0.0.1/32",)
)


def sign_in(house: House, target: str = "/login", caller: str = "owner", **headers: str) -> Answer:
    house.world.tick(minutes=1)
    body = f"key={house.texts[caller]}".encode()
    proof = {} if "origin" in headers else {"sec_fetch_site": "same-origin"}
    return house.ask("POST", target, body=body, **{"content_type": FORM, **proof, **headers})


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def open_session(house: House, body: bytes, **headers: str) -> Answer:
    house.world.tick(minutes=1)
    return house.ask("POST", "/session", body=body, **{"content_type": "application/json", **headers})


def key_body(house: House, caller: str = "owner") -> bytes:
    return json.dumps({"key": house.texts[caller]}).encode()
