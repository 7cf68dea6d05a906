"""Access tokens for the lab's SMTP server: XOAUTH2 and OAUTHBEARER (RFC 7628), checked by introspection (RFC 7662)."""
import asyncio
import base64
import binascii
import json
import re
import urllib.parse
import urllib.request

from aiosmtpd.smtp import AuthResult

SECONDS = 10
REFUSED = b'{"status":"invalid_token"}'


def introspect(url, token):
    """Whose token it is; None: it is not good."""
    parts = urllib.parse.urlsplit(url)
    where = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    pair = ":".join(map(urllib.parse.unquote, (parts.username or "", parts.password or "")))
    request = urllib.request.Request(
        where, urllib.parse.urlencode({"token": token}).encode(),
        {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        said = json.load(answer)
    return said.get("username") if said.get("active") else None


def read_message(text):
    """(user, token) of either mechanism."""
    user = re.search(r"^user=([^\x01]*)\x01", text) or re.search(r"^n,a=([^,]*),", text)
    token = re.search(r"\x01?auth=Bearer ([^\x01]+)\x01", text)
    return (user[1] if user else None), (token[1] if token else None)


async def sign_in(server, arguments, url):
    first = arguments[1].encode() if len(arguments) > 1 else None
    try:
        # Without an initial response the server asks for one.
        message = base64.b64decode(first) if first else await server.challenge_auth(b"")
        user, token = read_message(message.decode())
    except (binascii.Error, UnicodeDecodeError, AttributeError):
        return AuthResult(success=False, handled=False)
    loop = asyncio.get_running_loop()
    owner = await loop.run_in_executor(None, introspect, url, token) if token else None
    if owner is not None and owner == user:
        return AuthResult(success=True, auth_data=user.encode())
    await server.challenge_auth(REFUSED)  # the client ends it with an answer of its own
    return AuthResult(success=False, handled=False)


def server_class(base, url):
    """The SMTP class that also takes tokens; without an endpoint to ask the class itself."""
    if not url:
        return base

    class TokenServer(base):
        async def auth_XOAUTH2(self, server, arguments):
            return await sign_in(server, arguments, url)

        async def auth_OAUTHBEARER(self, server, arguments):
            return await sign_in(server, arguments, url)

    return TokenServer
