"""The district's own certificate authority: vouches for the broker to the robots, for each robot to the broker."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dolbom.platform import authority
from dolbom.platform.authority import builder

ROBOT_LIFE = timedelta(days=365)


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


class Authority(authority.Authority):
    """Keys and certificates of a district, in its folder. Made on first use; robots pin its fingerprint.

    Raises:
        UserError: if its files are damaged.
    """

    def __init__(self, folder: Path, district: str, now: datetime) -> None:
        super().__init__(folder, f"dolbom district {district}", now)
        self.district = district

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
        return self.sign(
            builder(
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


def _signed(certificate: x509.Certificate, content: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
