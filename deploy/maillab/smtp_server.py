"""The lab's SMTP server: submission with TLS, with STARTTLS and plain; delivers over LMTP.

Reads its settings as JSON from standard input, prints the ports it listens on as one JSON line, and
runs until SIGTERM or until the process that owns the lab is gone.
"""
import asyncio
import json
import os
import shutil
import signal
import smtplib
import ssl
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

import processes
import tokens

HOST = "127.0.0.1"
LMTP_CONNECTIONS = 4
OWNER_SECONDS = 1.0


class Mailboxes:
    """Hands mails to Dovecot on a few LMTP connections that stay open."""

    def __init__(self, port):
        self.port = port
        self.local = threading.local()
        self.pool = ThreadPoolExecutor(LMTP_CONNECTIONS)

    def connection(self):
        if getattr(self.local, "lmtp", None) is None:
            self.local.lmtp = smtplib.LMTP(HOST, self.port, local_hostname="localhost")
        return self.local.lmtp

    def send(self, sender, recipients, content):
        try:
            return self.connection().sendmail(sender, recipients, content)
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients
        except (smtplib.SMTPException, OSError):
            # Dovecot closed an idle connection: once more on a new one.
            self.local.lmtp = None
            return self.connection().sendmail(sender, recipients, content)


class Handler:
    def __init__(self, users, mailboxes):
        self.users = set(users)
        self.mailboxes = mailboxes

    def known(self, address):
        name = address.rpartition("@")[0].partition("+")[0].lower()
        # A lab that takes any name still needs one that it refuses.
        return name in self.users or ("*" in self.users and not name.startswith("unknown"))

    async def handle_RCPT(self, server, session, envelope, address, options):
        if not self.known(address):
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        loop = asyncio.get_running_loop()
        try:
            refused = await loop.run_in_executor(
                self.mailboxes.pool, self.mailboxes.send, envelope.mail_from, envelope.rcpt_tos,
                envelope.content)
        except (smtplib.SMTPException, OSError) as error:
            print(f"LMTP: {error}", file=sys.stderr, flush=True)
            return "451 4.3.0 the mailbox server does not answer"
        if refused:
            code, text = next(iter(refused.values()))
            return f"{code} {text.decode(errors='replace')}"
        return "250 2.0.0 delivered"


def authenticator(password):
    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=good, handled=good)
    return check


def tls_context(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(f"{folder}/tls/server.pem", f"{folder}/tls/server.key")
    return context


async def watch_owner(settings, stop):
    """A test program that was killed leaves no servers behind."""
    owner = processes.identity(settings["owner_pid"])
    while processes.alive(owner):
        await asyncio.sleep(OWNER_SECONDS)
    folder = settings["folder"]
    with open(f"{folder}/lab.json") as state:
        dovecot = json.load(state)["pids"]["dovecot"]
    known = processes.family(dovecot)
    processes.send_all(known, signal.SIGCONT)
    processes.send(dovecot, signal.SIGTERM)
    if not processes.wait_gone(known, 5):
        processes.send_all(known, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    stop.set()


async def serve(settings):
    handler = Handler(settings["users"], Mailboxes(settings["ports"]["lmtp"]))
    context = tls_context(settings["folder"])
    # The library cannot know that smtps is inside TLS.
    warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
    common = {"data_size_limit": settings["size_limit"], "hostname": "localhost",
              "enable_SMTPUTF8": True, "ident": "Postroom mail lab"}
    login = {"authenticator": authenticator(settings["password"]), "auth_required": True}
    server_class = tokens.server_class(SMTP, settings.get("introspection"))
    kinds = {
        "smtp": ({**common}, None),
        "smtp_starttls": ({**common, **login, "tls_context": context, "require_starttls": True},
                          None),
        # Inside TLS from the first byte; the library only knows of STARTTLS.
        "smtps": ({**common, **login, "auth_require_tls": False}, context),
    }
    loop = asyncio.get_running_loop()
    ports, servers = {}, []
    for name, (options, context_or_none) in kinds.items():
        server = await loop.create_server(lambda options=options: server_class(handler, **options), HOST,
                                          settings["ports"][name], ssl=context_or_none)
        servers.append(server)
        ports[name] = server.sockets[0].getsockname()[1]
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    print(json.dumps(ports), flush=True)
    sys.stdout.close()
    os.close(1)
    if settings["owner_pid"]:
        watcher = asyncio.create_task(watch_owner(settings, stop))
        watcher.add_done_callback(lambda _: stop.set())
    await stop.wait()
    os._exit(0)


def drop_root(account):
    if account:
        uid, gid = account
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def main():
    settings = json.load(sys.stdin)
    drop_root(settings["drop_to"])
    asyncio.run(serve(settings))


main()
