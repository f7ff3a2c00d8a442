"""The district's own certificate authority: vouches for the broker to the robots, for each robot to the broker."""

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
ROBOT_LIFE = timedelta(days=365)
_SLACK = timedelta(minutes=5)  # between the clocks of two machines


def robot_name(district: str, robot: str, generation: int) -> x509.Name:
    """The certificate subject of a robot; each enrolment is another generation."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"{robot}.{generation}"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, district),
        ]
    )


def broker_user(district: str, robot: str, generation: int) -> str:
    """What nats-server's `verify_and_map` makes of that subject, when the certificate has no alternative names."""
    return f"CN={robot}.{generation},O={district}"


class Authority:
    """Keys and certificates of a district, in its folder. Made on first use.

    Raises:
        UserError: if its files are damaged.
    """

    def __init__(self, folder: Path, district: str, now: datetime) -> None:
        self._folder = folder
        self.district = district
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
                f"the district's authority in {folder} cannot be read ({error})", "restore it from the backup"
            ) from error
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, hexadecimal: robots pin it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def pem(self) -> bytes:
        return self.certificate_path.read_bytes()

    def _found(self, key_path: Path, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"dolbom district {self.district}")])
        certificate = (
            _builder(name, name, key.public_key(), now, AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(key_path, _private(key))
        _write(self.certificate_path, _pem(certificate))

    def server(self, names: Iterable[str], now: datetime) -> tuple[Path, Path]:
        """Makes a new key and certificate for the district's servers, reached under these names or addresses.

        Returns:
            The paths of the certificate (with the authority's behind it) and of the key.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [_alternative(name) for name in sorted(set(names))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{self.district} district")])
        certificate = self._sign(
            _builder(subject, self.certificate.subject, key.public_key(), now, SERVER_LIFE)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        paths = self._folder / "server.crt", self._folder / "server.key"
        _write(paths[0], _pem(certificate) + self.pem)
        _write(paths[1], _private(key))
        return paths

    def robot(self, request: bytes, robot: str, generation: int, now: datetime) -> x509.Certificate:
        """Certifies a robot's key. Of the request only the key is taken: the names are the district's to give.

        Raises:
            ValueError: if this is no certificate request, or its sender does not have the key.
        """
        csr = x509.load_pem_x509_csr(request)
        key = csr.public_key()
        if not csr.is_signature_valid:
            raise ValueError("the request is not signed with its own key")
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("the key is not of the curve P-256")
        return self._sign(
            _builder(
                robot_name(self.district, robot, generation), self.certificate.subject, key, now, ROBOT_LIFE
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        )

    def may_renew(
        self, certificate: bytes, request: bytes, signature: bytes, robot: str, generation: int, now: datetime
    ) -> bool:
        """Whether the request comes from the holder of this robot's own, still valid certificate."""
        try:
            held = x509.load_pem_x509_certificate(certificate)
            held.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return (
            held.subject == robot_name(self.district, robot, generation)
            and held.not_valid_before_utc <= now <= held.not_valid_after_utc
            and _signed(held, request, signature)
        )

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        issuer = self._key.public_key()
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _signed(certificate: x509.Certificate, content: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
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
