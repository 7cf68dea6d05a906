"""Fills a mailbox with realistic mails by writing them straight into its maildir."""
import argparse
import os
import random
import time
from pathlib import Path

import realistic


def byte_count(text):
    """12k, 50M, 4096 -> bytes."""
    factors = {"k": 1024, "m": 1024 ** 2, "g": 1024 ** 3}
    text = str(text).strip().lower()
    try:
        if text[-1:] in factors:
            return int(float(text[:-1]) * factors[text[-1]])
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a size such as 12k or 50M")


class Maildir:
    """Writes mails as Dovecot names them, so that it need not read a file to know its size."""

    def __init__(self, state, user):
        home = Path(state["mail_dir"]) / user
        self.folder = home / "Maildir"
        owner = Path(state["mail_dir"]).stat()
        self.owner = (owner.st_uid, owner.st_gid) if os.geteuid() == 0 else None
        for path in (home, self.folder, *(self.folder / name for name in ("tmp", "new", "cur"))):
            path.mkdir(exist_ok=True, mode=0o700)
            self.give(path)
        self.stamp = f"{int(time.time())}.P{os.getpid()}"
        self.written = 0

    def give(self, path):
        if self.owner:
            os.chown(path, *self.owner)

    def write(self, mail):
        self.written += 1
        # W is the size with CRLF line ends, which is what RFC822.SIZE answers.
        name = (f"{self.stamp}M{self.written:07d}.lab,S={len(mail)},"
                f"W={len(mail) + mail.count(10)}:2,")
        path = self.folder / "cur" / name
        path.write_bytes(mail)
        self.give(path)


def fill(state, options):
    chance = random.Random(options.seed)
    writer = realistic.Writer(chance, options.mean, max(1, options.count // 10), options.user)
    maildir = Maildir(state, options.user)
    total = 0
    for number in range(options.count):
        mail = writer.mail(number)
        maildir.write(mail)
        total += len(mail)
    if options.big:
        mail = writer.big(options.count, options.big)
        maildir.write(mail)
        total += len(mail)
    print(f"{maildir.written} mails, {total} bytes, mean {total // max(1, maildir.written)}")
