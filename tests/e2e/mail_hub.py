"""An SMTP server between mail systems: notes every mail and hands it to a mailbox or a program by its address."""
import asyncio
import email
import email.policy
import email.utils
import subprocess
import sys
import threading
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
PROGRAM_SECONDS = 30
START_SECONDS = 10


@dataclass(frozen=True)
class Passed:
    """One mail to one recipient."""
    sender: str     # of the envelope; "" for a report or an automatic answer
    recipient: str
    raw: bytes      # as it was handed on

    def author(self):
        return email.utils.parseaddr(str(email.message_from_bytes(self.raw)["From"]))[1]


class MailHub:
    """Runs in a thread of its own. `routes` and `takes_away` belong to whoever drives it."""

    def __init__(self):
        self.in_hand = 0  # mails not yet handed on
        self.forget()
        self.loop = asyncio.new_event_loop()
        self.port = None
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=[ready], daemon=True)
        self.thread.start()
        if not ready.wait(START_SECONDS):
            raise RuntimeError("the SMTP server between the mail systems did not start")

    def forget(self):
        """Not while anybody writes."""
        self.routes = {}      # address -> function of (sender, recipient, raw)
        self.takes_away = {}  # address -> names of fields that a careless gateway before it loses
        self.passed = []      # in order of arrival
        self.refused = []     # recipients that nobody is

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(self.loop.create_server(
            lambda: SMTP(self, hostname="hub.test", enable_SMTPUTF8=True, loop=self.loop), HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def route(self, address):
        """Details after a + lead to the same mailbox or list."""
        local, _, domain = address.lower().rpartition("@")
        return self.routes.get(f"{local.partition('+')[0]}@{domain}")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.route(address) is None:
            self.refused.append(address)
            return "550 5.1.1 nobody has this address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        # A null reverse-path comes as <>.
        sender = (envelope.mail_from or "").strip("<>")
        self.in_hand += 1
        try:
            return await self.hand_on(sender, envelope)
        finally:
            self.in_hand -= 1

    async def hand_on(self, sender, envelope):
        for recipient in envelope.rcpt_tos:
            raw = self.without_fields(recipient, envelope.content)
            self.passed.append(Passed(sender, recipient.lower(), raw))
            try:
                # Not in this thread: a list sends what it distributes while it takes the mail.
                await self.loop.run_in_executor(None, self.route(recipient), sender, recipient,
                                                raw)
            except Exception as error:  # pylint: disable=broad-except
                print(f"mail to {recipient}: {error!r}", file=sys.stderr, flush=True)
                return "451 4.3.0 it could not be handed on"
        return "250 2.0.0 handed on"

    def without_fields(self, recipient, raw):
        names = self.takes_away.get(recipient, ())
        if not names:
            return raw
        mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        for name in names:
            del mail[name]
        return mail.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n"))


def to_program(*command):
    """What an alias "|program" does: the mail on standard input, its envelope in two fields above it."""
    def hand_over(sender, recipient, raw):
        envelope = f"Return-Path: <{sender}>\nDelivered-To: {recipient}\n".encode()
        subprocess.run(command, input=envelope + raw.replace(b"\r\n", b"\n"), check=True, cwd="/",
                       timeout=PROGRAM_SECONDS)
    return hand_over
