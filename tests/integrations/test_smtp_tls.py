"""Mail over an encrypted connection: to a server that is who it says it is, and to no other."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.integrations.ports import Unavailable
from tests.integrations.test_smtp_mail import MAIL, mailer

Serve = Callable[[bool], str]


class Reception:
    """Takes every mail, and remembers to whom it was."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.passwords: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        self.taken += envelope.rcpt_tos
        return "250 OK"

    def signed_in(self, *arguments: object) -> AuthResult:
        data = arguments[-1]
        assert isinstance(data, LoginPassword)
        self.passwords.append(data.password)
        return AuthResult(success=data.password == b"secret", handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of the tests")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + signed.public_bytes(pem))
    return path


@pytest.fixture
def reception() -> Reception:
    return Reception()


@pytest.fixture
def serve(certificate: Path, reception: Reception) -> Iterator[Serve]:
    """Serves SMTP with TLS from the start, or with STARTTLS; gives the server's address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    servers: list[asyncio.Server] = []

    def start(from_the_start: bool) -> str:
        def dialogue() -> SMTP:
            upgrade = None if from_the_start else context
            return SMTP(
                reception, authenticator=reception.signed_in, tls_context=upgrade, auth_require_tls=False, loop=loop
            )

        async def listen() -> asyncio.Server:
            return await loop.create_server(dialogue, "127.0.0.1", 0, ssl=context if from_the_start else None)

        servers.append(asyncio.run_coroutine_threadsafe(listen(), loop).result(5))
        port = servers[-1].sockets[0].getsockname()[1]
        return f"{'smtps' if from_the_start else 'smtp'}://callsheet:secret@127.0.0.1:{port}"

    async def settled() -> None:
        for server in servers:
            server.close()
        while rest := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(rest)

    yield start
    asyncio.run_coroutine_threadsafe(settled(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.mark.parametrize("from_the_start", [True, False])
def test_mail_goes_encrypted_to_a_server_that_is_trusted(
    serve: Serve, reception: Reception, certificate: Path, monkeypatch: pytest.MonkeyPatch, from_the_start: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailer(serve(from_the_start)).send(MAIL)

    assert (reception.taken, reception.passwords) == ([MAIL.to], [b"secret"])


@pytest.mark.parametrize("from_the_start", [True, False])
def test_server_that_nobody_vouches_for_gets_neither_password_nor_mail(
    serve: Serve, reception: Reception, from_the_start: bool
) -> None:
    with pytest.raises(Unavailable, match="certificate") as failure:
        mailer(serve(from_the_start)).send(MAIL)

    assert failure.value.went_out is False
    assert (reception.taken, reception.passwords) == ([], [])


def test_wrong_password_is_the_operators_matter_and_loses_no_mail(
    serve: Serve, reception: Reception, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with pytest.raises(Unavailable, match="user name and password") as failure:
        mailer(serve(True).replace("secret", "wrong")).send(MAIL)

    assert failure.value.went_out is False
    assert reception.taken == []
