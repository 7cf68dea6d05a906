"""A private mail system (deploy/maillab) for a Python program; ends with it."""
import json
import os
import smtplib
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / "maillab" / "maillab"
COMMAND_SECONDS = 600


class MailLab:
    def __init__(self, folder, *options):
        self.folder = Path(folder)
        self.state = json.loads(self.command("start", "--owner-pid", str(os.getpid()), *options))
        self.ports = self.state["ports"]
        self.password = self.state["password"]
        self.ca_file = self.state["ca_file"]
        self.connection = None

    def command(self, word, *options):
        done = subprocess.run([str(PROGRAM), word, "--dir", str(self.folder), *options],
                              capture_output=True, text=True, timeout=COMMAND_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout

    def deliver(self, user, raw):
        """Over LMTP, on one connection that stays open; back when the mail is in the mailbox."""
        if self.connection is None:
            self.connection = smtplib.LMTP("127.0.0.1", self.ports["lmtp"],
                                           local_hostname="localhost")
        self.connection.sendmail("sender@example.org", [f"{user}@localhost"], raw)

    def mail_folder(self):
        """One folder per user that ever had a mail."""
        return Path(self.state["mail_dir"])

    def files(self, user, folder="INBOX"):
        """(new, cur): the files of a mailbox, in order of arrival."""
        home = self.mail_folder() / user / "Maildir"
        home = home if folder == "INBOX" else home / f".{folder}"
        return [sorted((home / name).glob("*")) if (home / name).is_dir() else []
                for name in ("new", "cur")]

    def count(self, user, folder="INBOX"):
        return sum(map(len, self.files(user, folder)))

    def end(self, keep=False):
        if self.connection is not None:
            self.connection.close()
        self.command("stop" if keep else "remove")
