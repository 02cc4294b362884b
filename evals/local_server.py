"""A server on the loopback interface, by TLS with a certificate of its own authority, that serves a folder."""

from __future__ import annotations

import functools
import ssl
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def certificate(folder: Path, host: str) -> tuple[Path, Path, Path]:
    """Make an authority, and a certificate for ``host``; returns the certificates of both, and the host's key."""
    authority, authority_key, request = folder / "ca.crt", folder / "ca.key", folder / "host.csr"
    own, key, extension = folder / "host.pem", folder / "host.key", folder / "host.ext"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    # What an authority must say of itself is not what the host's certificate may say.
    extension.write_text(
        f"subjectAltName=DNS:{host}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\n"
        "extendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    for words in (
        [
            "req", "-x509", *curve, "-keyout", str(authority_key), "-out", str(authority), "-days", "2",
            "-subj", "/CN=A", "-addext", "keyUsage=critical,keyCertSign",
        ],
        ["req", *curve, "-keyout", str(key), "-out", str(request), "-subj", f"/CN={host}"],
        [
            "x509", "-req", "-in", str(request), "-CA", str(authority), "-CAkey", str(authority_key),
            "-CAcreateserial", "-out", str(own), "-days", "2", "-extfile", str(extension),
        ],
    ):  # fmt: skip
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return authority, own, key


def serve(folder: Path, own: Path, key: Path) -> int:
    """Serve ``folder`` from a thread until this process ends; returns the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    # The handshake belongs into the thread of the connection: a client that says nothing must not hold up the others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])
