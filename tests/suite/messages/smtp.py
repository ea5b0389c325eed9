"""An SMTP server for tests: aiosmtpd, with TLS and a login. smtp.py PORT CERTIFICATE KEY DIRECTORY starttls|tls"""

import asyncio
import itertools
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, certificate, key, directory, security = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
numbers = itertools.count()


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("later"):
            return "450 4.2.1 mailbox busy"
        if address.startswith("never"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = os.path.join(directory, f"{next(numbers)}.eml")
        with open(name + "~", "wb") as file:
            file.write(f"X-Login: {session.authenticated}\r\nX-To: {' '.join(envelope.rcpt_tos)}\r\n".encode())
            file.write(envelope.original_content)
        os.rename(name + "~", name)
        return "250 2.0.0 queued as test"


def login(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"trigger", b"s3cret"), handled=False)


def serve():
    return SMTP(
        Mailbox(),
        hostname="mx.test",
        authenticator=login,
        auth_required=True,
        require_starttls=security == "starttls",
        auth_require_tls=security == "starttls",
        tls_context=context if security == "starttls" else None,
        timeout=20,
    )


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(
    loop.create_server(serve, "127.0.0.1", int(port), ssl=context if security == "tls" else None)
)
loop.run_forever()
