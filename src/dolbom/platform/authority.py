"""A certificate authority of one's own, in a folder: vouches for servers under the names by which they are reached."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dolbom.errors import UserError

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=730)
"""Browsers refuse what is good for longer than 825 days."""
RENEWED_BEFORE = timedelta(days=60)
_SLACK = timedelta(minutes=5)  # between the clocks of two machines


class Authority:
    """Keys and certificates in a folder.

    Args:
        folder: where they are.
        title: its name in its own certificate, at most 64 characters.
        now: civil time.

    Raises:
        UserError: if its files are damaged.
    """

    def __init__(self, folder: Path, title: str, now: datetime) -> None:
        self._folder, self._title = folder, title
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.certificate_path = folder / "ca.crt"
        key_path = folder / "ca.key"
        if not self.certificate_path.exists():
            self._found(key_path, now)
        try:
            key = serialization.load_pem_private_key(key_path.read_bytes(), None)
            self.certificate = x509.load_pem_x509_certificate(self.certificate_path.read_bytes())
        except (OSError, ValueError) as error:
            raise UserError(
                f"the authority in {folder} cannot be read ({error})", "restore it from the backup"
            ) from error
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def pem(self) -> bytes:
        return self.certificate_path.read_bytes()

    def _found(self, key_path: Path, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._title)])
        certificate = (
            builder(name, name, key.public_key(), now, AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(key_path, _private(key))
        _write(self.certificate_path, _pem(certificate))

    def server(self, names: Iterable[str], now: datetime) -> tuple[Path, Path]:
        """The certificate and key of servers that are reached under these names or addresses.

        Those that are there are kept while they are of these names and good for a while: whoever has trusted them in a
        browser need not do so again.

        Returns:
            The paths of the certificate (with the authority's behind it) and of the key.
        """
        paths = self._folder / "server.crt", self._folder / "server.key"
        wanted = [_alternative(name) for name in sorted(set(names))]
        if not self._holds(paths, wanted, now):
            key = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._title)])
            certificate = self.sign(
                builder(subject, self.certificate.subject, key.public_key(), now, SERVER_LIFE)
                .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            )
            _write(paths[1], _private(key))
            _write(paths[0], _pem(certificate) + self.pem)
        return paths

    def _holds(self, paths: tuple[Path, Path], wanted: list[x509.GeneralName], now: datetime) -> bool:
        try:
            held = x509.load_pem_x509_certificate(paths[0].read_bytes())
            key = serialization.load_pem_private_key(paths[1].read_bytes(), None)
            names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            held.verify_directly_issued_by(self.certificate)
        except (OSError, ValueError, TypeError, x509.ExtensionNotFound, InvalidSignature):
            return False
        good = held.not_valid_before_utc <= now <= held.not_valid_after_utc - RENEWED_BEFORE
        return good and list(names) == wanted and key.public_key() == held.public_key()

    def sign(self, made: x509.CertificateBuilder) -> x509.Certificate:
        """Signs what is no authority itself."""
        issuer = self._key.public_key()
        return (
            made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    """What every certificate has."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + life)
        # Python 3.13 verifies strictly (RFC 5280) and refuses an authority without it.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
