"""The district's certificates pass the strict check that Python 3.13 makes by default."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

from dolbom.district.authority import Authority


def test_a_strict_client_accepts_the_districts_server(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority(tmp_path / "authority", "mapo", now)
    certificate, key = authority.server(["127.0.0.1"], now)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cadata=authority.pem.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT

    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):  # a handshake takes fewer turns; a refused certificate raises in one of them
        for end in list(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                pass
    assert ends == []
