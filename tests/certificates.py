"""A certificate authority of the tests' own, and the certificates that it issues."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PEM = serialization.Encoding.PEM
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """An authority; its certificate is in the file ``path``."""

    path: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certify(self, *names: str, expired: bool = False) -> Path:
        """Write a certificate for host names and addresses; return its path, beside which the key is (``.key``)."""
        key = ec.generate_private_key(ec.SECP256R1())
        end = datetime.now(UTC) + (-_DAY if expired else _DAY)
        certificate = (
            _builder(names[0], key, self.certificate.subject, end)
            .add_extension(x509.SubjectAlternativeName([_named(name) for name in names]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return _write(self.path.with_name(f"{names[0]}{'-expired' if expired else ''}.pem"), certificate, key)


def authority(folder: Path, name: str = "Authority of the tests") -> Authority:
    """Make an authority whose files are in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        _builder(name, key, subject, datetime.now(UTC) + _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(_write(folder / "authority.pem", certificate, key), certificate, key)


def _builder(name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, end: datetime) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    return builder.not_valid_before(end - 5 * _DAY).not_valid_after(end)


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Path:
    private = key.private_bytes(_PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    path.with_suffix(".key").write_bytes(private)
    path.write_bytes(certificate.public_bytes(_PEM))
    return path
