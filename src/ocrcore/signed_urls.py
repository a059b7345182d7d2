"""Addresses of this service to which a file is uploaded: a path whose query is signed with a secret (HMAC-SHA256)."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from ocrcore.ports.uploads import UploadAddress, UploadGrant

#: The path below which the service takes uploads: followed by the job's id and the number of the file.
UPLOADS_PATH: Final = "/api/v1/uploads"
#: Bytes of a secret.
SECRET_BYTES: Final = 32
#: Signatures of other things, made with the same secret, are none of an upload.
_PURPOSE: Final = "ocrcore upload"
_NO_FIELDS: Final[Mapping[str, str]] = MappingProxyType({})


class SignedUrls:
    """Signs addresses and recognises its own. Processes that share the secret accept each other's."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def address(self, grant: UploadGrant) -> UploadAddress:
        """Return the address of a grant."""
        given = {"size": grant.size, "expires": int(grant.until.timestamp())}
        by = {} if grant.key_id is None else {"key_id": grant.key_id}
        query = urlencode({**given, **by, "signature": self._signature(grant)})
        return UploadAddress("PUT", f"{UPLOADS_PATH}/{grant.job_id}/{grant.number}?{query}", _NO_FIELDS, grant.until)

    def admits(self, grant: UploadGrant, signature: str) -> bool:
        """Return whether this is the signature of the grant; takes the same time for all that are not."""
        return hmac.compare_digest(self._signature(grant).encode(), signature.encode(errors="replace"))

    def _signature(self, grant: UploadGrant) -> str:
        """Return the signature of all that counts; the type is not among it, as the service does not look at it."""
        signed = [_PURPOSE, grant.job_id, grant.number, grant.size, int(grant.until.timestamp())]
        signed += [] if grant.key_id is None else [grant.key_id]
        return hmac.new(self._secret, "\n".join(map(str, signed)).encode(), sha256).hexdigest()
