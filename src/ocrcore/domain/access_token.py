"""Access tokens of an OpenID Connect issuer: which claims one must have, who holds it, and what the holder may do.

The signature is checked elsewhere (``ports.tokens``); here the claims are read that were signed.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ocrcore.domain.api_key import DEFAULT_SCOPES, Scope, effective_scopes
from ocrcore.domain.caller import Caller

#: Longest token, in characters. Longer ones are refused before anything of them is read.
LONGEST_TOKEN: Final = 8192
#: How far the clock of the issuer may be ahead of ours.
SKEW: Final = timedelta(minutes=1)
#: Longest name of an owner that is written out: names of groups of messages have no more on SQS.
_LONGEST_OWNER: Final = 128
_LONGEST_SUBJECT: Final = 255

_PART: Final = r"[A-Za-z0-9_-]+"
_TOKEN: Final = re.compile(rf"{_PART}\.{_PART}\.{_PART}", re.ASCII)
_GRANT: Final = re.compile(rf"({'|'.join(Scope)})(?:=([\x21-\x7e]+))?", re.ASCII)
#: The latest instant of a claim, in seconds: beyond it are no instants.
_LATEST: Final = 253_402_300_799


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Whose tokens count, for which audience, and what their holders may do."""

    issuer: str
    audience: str
    #: A scope, and the scope of the issuer that a token must have for it; empty: every token has it.
    grants: tuple[tuple[Scope, str], ...] = tuple((scope, "") for scope in sorted(DEFAULT_SCOPES))


def parse_grants(text: str) -> tuple[tuple[Scope, str], ...]:
    """Return the grants of a list such as ``read,write,admin=ocr-admin``. Raises ``ValueError``."""
    found = [_GRANT.fullmatch(entry.strip()) for entry in text.split(",")]
    grants = [(Scope(match[1]), match[2] or "") for match in found if match is not None]
    if len(grants) != len(found):
        msg = f"some of {', '.join(Scope)}, separated by commas, each followed by = and a scope of the issuer or not"
        raise ValueError(msg)
    return tuple(grants)


def is_token(text: str) -> bool:
    """Return whether a text has the form of a signed token (JWS compact serialization). No API key has it."""
    return len(text) <= LONGEST_TOKEN and _TOKEN.fullmatch(text) is not None


def holder_of(claims: Mapping[str, object], rules: TokenRules, now: datetime) -> Caller | None:
    """Return who holds a token with these claims, or None for a token that does not open the service now.

    ``iss`` and ``aud`` must be ours, ``exp`` in the future, ``iat`` and ``nbf`` (if it is there) in the past, give or
    take the minute by which clocks differ, and ``sub`` a text. All but ``nbf`` are required.
    """
    ends_at, issued_at = _instant(claims.get("exp")), _instant(claims.get("iat"))
    begins_at = _instant(claims["nbf"]) if "nbf" in claims else issued_at
    subject, audience = claims.get("sub"), claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if (
        claims.get("iss") != rules.issuer
        or rules.audience not in audiences
        or not isinstance(subject, str)
        or not 0 < len(subject) <= _LONGEST_SUBJECT
        or ends_at is None
        or issued_at is None
        or begins_at is None
        or not max(issued_at, begins_at) - SKEW <= now < ends_at
    ):
        return None
    held = _held(claims)
    scopes = {scope for scope, needed in rules.grants if not needed or needed in held}
    return Caller(owner_of(rules.issuer, subject), scopes=effective_scopes(scopes), expires_at=ends_at)


def owner_of(issuer: str, subject: str) -> str:
    """Return the owner that a subject of an issuer is: ``{issuer without its scheme}#{subject}``.

    No owner of a key has ``#`` in its name, so none is the subject of an issuer, nor is one of another issuer. A name
    that would be too long or not printable has ``#`` and a hash in place of the subject, and so has a subject that
    begins with ``#``: else it could be chosen to look like another one's hash.
    """
    place = issuer.partition("://")[2]
    owner = f"{place}#{subject}"
    is_plain = not subject.startswith("#") and len(owner) <= _LONGEST_OWNER
    if is_plain and all("!" <= letter <= "~" for letter in owner):
        return owner
    digest = hashlib.sha256(f"{issuer}\n{subject}".encode(errors="surrogatepass")).hexdigest()
    return f"{place[:60]}##{digest[:60]}"


def _held(claims: Mapping[str, object]) -> frozenset[str]:
    """Return the scopes of the issuer that a token has: a text with blanks between them, or a list."""
    held: set[str] = set()
    for name in ("scope", "scp"):
        value = claims.get(name)
        entries = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
        held |= {entry for entry in entries if isinstance(entry, str)}
    return frozenset(held)


def _instant(value: object) -> datetime | None:
    """Return the instant of a claim, in seconds since 1970; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)
