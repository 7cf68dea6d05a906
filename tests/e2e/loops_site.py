"""Helpdesks, people who are away and mailing lists around one mail hub: what the loops run through."""
import email
import email.utils
import itertools
import os
import shutil
import smtplib
import subprocess
import time
from pathlib import Path

from harness.admin import Admin, Refused
from harness.node import Node, NodeError, fill_in
from mail_hub import HOST, to_program

HERE = Path(__file__).resolve().parent
FAULT = HERE.parent / "fault"
QUIET_SECONDS = 3      # without any change: nobody has anything left to say
LOOPING_SECONDS = 40   # after which those who still write are in a loop
OPEN_SECONDS = 30
LIST_SECONDS = 30


class Desk:
    """A Postroom process with one mailbox, which acknowledges what it logs."""

    def __init__(self, binary, folder, site, address, more):
        self.address = address
        self.login = site.mailbox(address)
        self.node = Node(binary, folder, site.lab.password)
        self.code = address.partition("@")[2].partition(".")[0].upper()
        values = {**self.node.values(site.lab), "ID": self.code, "LOGIN": self.login,
                  "ADDRESS": address, "HUB_PORT": site.hub.port}
        (self.node.partitions / "desk.yaml").write_text(
            fill_in((HERE / "loops.yaml").read_text() + more, values))
        self.node.config.write_text(fill_in((FAULT / "node.yaml").read_text(), values))
        self.node.start()
        self.admin = Admin.local(self.node.socket)

    def wait_until_open(self):
        self.node.wait_for_health()
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            try:
                self.ledger()
                return
            except (Refused, OSError) as error:
                if time.monotonic() > deadline:
                    raise NodeError(f"{self.address} is not open: {error}") from error
            time.sleep(0.05)

    def ledger(self):
        return self.admin.call("LedgerService/Get", mailbox="inbox")

    def outcomes(self):
        counts = self.ledger().get("state", {}).get("outcomes", {})
        return {name: int(count) for name, count in counts.items() if int(count)}

    def updates(self):
        """What came to its first call: REPLY, AUTO_REPLY ..."""
        call = self.admin.call("CallsService/Get", call=f"{self.code}-000001")
        return [update["kind"] for update in call.get("updates", [])]

    def dead_letters(self):
        return len(self.admin.call("OutboxService/List", dead_only=True).get("items", []))

    def progress(self):
        """(mails with an outcome, mails that wait to be sent); JSON leaves zeros out"""
        status = self.admin.call("StatusService/Get")
        return (int(self.ledger().get("entries_total", 0)),
                sum(int(part["sender"].get("pending", 0)) for part in status["partitions"]))

    def stop(self):
        self.admin.close()
        self.node.stop()


class Site:
    """The people, desks and lists of one scenario; it has the hub and the lab for itself as long as it lasts."""

    def __init__(self, binary, folder, hub, lab):
        self.binary, self.folder, self.hub, self.lab = binary, folder, hub, lab
        folder.mkdir()
        hub.forget()
        self.desks, self.logins, self.lists = [], {}, []

    def mailbox(self, address):
        """The lab goes by the local part alone, so each address of a scenario has a login of its own."""
        login = f"{self.folder.name}-{address.replace('@', '-')}"
        self.logins[address] = login
        self.hub.routes[address] = lambda sender, _, raw: self.into_mailbox(login, sender, raw)
        return login

    def into_mailbox(self, login, sender, raw):
        with smtplib.LMTP(HOST, self.lab.ports["lmtp"], local_hostname="localhost") as lmtp:
            lmtp.sendmail(sender, [f"{login}@localhost"], raw)

    def desk(self, address, more=""):
        """`more` follows upon loops.yaml."""
        desk = Desk(self.binary, self.folder / address, self, address, more)
        self.desks.append(desk)
        return desk

    def away(self, address, script):
        """A person with a sieve script, which the mailbox server runs for each mail to them."""
        home = self.lab.mail_folder() / self.mailbox(address)
        home.mkdir()
        file = home / ".dovecot.sieve"
        file.write_text(script)
        if os.geteuid() == 0:
            owner = self.lab.mail_folder().stat()
            for path in (home, file):
                os.chown(path, owner.st_uid, owner.st_gid)

    def robot(self, address):
        """A program that answers every mail to the address like a person: nothing shows that it is one."""
        written = itertools.count(1)

        def answer(_, __, raw):
            asked = email.message_from_bytes(raw)
            to = email.utils.parseaddr(asked["From"])[1]
            mail = (f"From: {address}\nTo: {to}\nSubject: Re: {asked['Subject']}\n"
                    f"Message-ID: <answer-{next(written)}-{address}>\n"
                    f"In-Reply-To: {asked['Message-ID']}\n"
                    f"Date: Mon, 02 Nov 2026 09:00:00 +0000\n\nTicket {next(written)} was updated.\n")
            with smtplib.SMTP(HOST, self.hub.port) as smtp:
                smtp.sendmail(address, [to], mail)
        self.hub.routes[address] = answer

    def mailing_list(self, address, subscribers, fields):
        name, _, domain = address.partition("@")
        spool = self.folder / "lists"
        run_list_program("mlmmj-make-ml", "-L", name, "-s", str(spool),
                         answers=f"{domain}\nowner@{domain}\nen\n")
        folder = spool / name
        for control, value in {"relayhost": HOST, "smtpport": self.hub.port, "smtphelo": domain,
                               "customheaders": "".join(f"{field}\n" for field in fields)}.items():
            (folder / "control" / control).write_text(f"{value}\n" if control != "customheaders"
                                                      else value)
        for subscriber in subscribers:
            run_list_program("mlmmj-sub", "-L", str(folder), "-a", subscriber, "-f", "-q", "-s")
        self.mailbox(f"owner@{domain}")
        self.lists.append(folder)
        self.hub.routes[address] = to_program(list_program("mlmmj-receive"), "-F", "-L", str(folder))

    def write(self, sender, recipient, subject):
        """A person writes; back when the mail is delivered."""
        mail = (f"From: {sender}\nTo: {recipient}\nSubject: {subject}\n"
                f"Message-ID: <{subject.replace(' ', '-')}@{sender.partition('@')[2]}>\n"
                "Date: Mon, 02 Nov 2026 09:00:00 +0000\n\nThe printer on the third floor burns.\n")
        with smtplib.SMTP(HOST, self.hub.port) as smtp:
            smtp.sendmail(sender, [recipient], mail)

    def state(self):
        """Whatever moves as long as somebody has something to say."""
        boxes = {address: self.lab.count(login) for address, login in self.logins.items()}
        queued = [str(file) for folder in self.lists for part in ("incoming", "queue", "requeue")
                  for file in sorted((folder / part).rglob("*")) if file.is_file()]
        return (len(self.hub.passed), boxes, queued,
                {desk.address: desk.progress() for desk in self.desks})

    def is_settled(self, state):
        _, boxes, queued, desks = state
        return not queued and not self.hub.in_hand and all(
            decided == boxes[address] and not pending
            for address, (decided, pending) in desks.items())

    def wait_for_silence(self):
        deadline = time.monotonic() + LOOPING_SECONDS
        before, since = None, time.monotonic()
        while time.monotonic() < deadline:
            now = self.state()
            if now != before or not self.is_settled(now):
                before, since = now, time.monotonic()
            elif time.monotonic() - since >= QUIET_SECONDS:
                return
            time.sleep(0.1)
        raise NodeError(f"no silence within {LOOPING_SECONDS} s: {before}")

    def end(self):
        for desk in self.desks:
            desk.admin.close()
            desk.node.kill()


def list_program(name):
    return shutil.which(name) or f"/usr/bin/{name}"


def run_list_program(name, *words, answers=""):
    done = subprocess.run([list_program(name), *words], input=answers, capture_output=True, text=True,
                          timeout=LIST_SECONDS, cwd="/")
    if done.returncode != 0:
        raise NodeError(f"{name}: {done.stdout}{done.stderr}")
