"""Seals what is nobody's business (face templates, names) with a key that is kept outside the database.

AES-256-GCM. What a secret belongs to goes into its seal, so that a template moved to another person's row does not
open. The key file holds one key a line, the newest first: that one seals, all of them open.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dolbom.errors import UserError
from dolbom.places import data_folder

_FORMAT = b"\x01"
_ID, _NONCE, _KEY = 4, 12, 32


def default_key_file() -> Path:
    """`$DOLBOM_FACES_KEY`, else `keys/faces.key` of the home's data folder."""
    named = os.environ.get("DOLBOM_FACES_KEY")
    return Path(named).expanduser() if named else data_folder() / "keys" / "faces.key"


class KeyRing:
    """The keys of one home.

    Args:
        path: the key file.

    Raises:
        UserError: if the file is missing, cannot be read, or holds something else than keys.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: dict[bytes, bytes] = {}
        try:
            lines = path.read_text(encoding="ascii").split()
            if path.stat().st_mode & 0o077:
                raise UserError(f"others can read the key {path}", f"chmod 600 {path}")
            for line in lines:
                raw = base64.b64decode(line, validate=True)
                if len(raw) != _ID + _KEY:
                    raise ValueError("a key has another length")
                self._keys[raw[:_ID]] = raw[_ID:]
        except FileNotFoundError:
            raise UserError(
                f"the key of the enrolled faces is not at {path}",
                "put the file back from its copy; without it nobody can read them: `dolbom faces forget --all`",
            ) from None
        except (ValueError, binascii.Error, UnicodeDecodeError):
            raise UserError(f"{path} does not hold keys", "put the file back from its copy") from None
        if not self._keys:
            raise UserError(f"{path} is empty", "put the file back from its copy")

    @classmethod
    def new(cls, path: Path) -> KeyRing:
        """Makes a key file with one key, readable by its owner only.

        Raises:
            FileExistsError: rather than write over keys that something may still be sealed with.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, [_new_key()], os.O_EXCL)
        return cls(path)

    def seal(self, plain: bytes, about: str) -> bytes:
        """Seals with the newest key. `about` says whose it is, and must be said again to open it."""
        key_id, key = next(iter(self._keys.items()))
        nonce = secrets.token_bytes(_NONCE)
        return _FORMAT + key_id + nonce + AESGCM(key).encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed.

        Raises:
            UserError: if no key of this file opens it, it is damaged, or it belongs to something else.
        """
        key_id, nonce, rest = sealed[1 : 1 + _ID], sealed[1 + _ID : 1 + _ID + _NONCE], sealed[1 + _ID + _NONCE :]
        key = self._keys.get(key_id)
        if sealed[:1] != _FORMAT or key is None:
            raise UserError(
                f"the enrolled faces were sealed with another key than those in {self.path}",
                "put the right key file back, or `dolbom faces forget --all` and enrol again",
            )
        try:
            return AESGCM(key).decrypt(nonce, rest, about.encode())
        except InvalidTag:
            raise UserError(
                "an enrolled face was changed or damaged in the database", "forget that person and enrol again"
            ) from None

    def add_key(self) -> None:
        """Puts a new key before the others."""
        self._rewrite([_new_key(), *self._encoded()])

    def drop_old_keys(self) -> None:
        """Keeps the newest only; what other keys sealed can never be opened again."""
        self._rewrite(self._encoded()[:1])

    def _encoded(self) -> list[bytes]:
        return [base64.b64encode(key_id + key) for key_id, key in self._keys.items()]

    def _rewrite(self, keys: list[bytes]) -> None:
        beside = self.path.with_name(self.path.name + ".new")
        _write(beside, keys, os.O_TRUNC)
        beside.replace(self.path)
        self._keys = KeyRing(self.path)._keys


def _new_key() -> bytes:
    return base64.b64encode(secrets.token_bytes(_ID) + secrets.token_bytes(_KEY))


def _write(path: Path, keys: list[bytes], flag: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flag, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"\n".join(keys) + b"\n")
        file.flush()
        os.fsync(file.fileno())
