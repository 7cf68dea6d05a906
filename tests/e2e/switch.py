#!/usr/bin/python3
"""A live mailbox changes its protocol: POP3 to IMAP on a real Dovecot, EWS to Microsoft Graph on simulated services.

Mails are taken by the old protocol, the server's settings are changed while more come in, and the same mailbox shows
itself under other names. Its ledger goes on: every mail is one call, and each that was taken before is told as a
duplicate.
"""
import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(SOURCE / "deploy"), str(SOURCE / "tests/fault")]

import aftermath  # noqa: E402
from harness import exit_on_signals  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402
from mailboxes import SimulatedMailbox, mailbox_of, partition_text  # noqa: E402

BEFORE, MEANWHILE, AFTER = 30, 10, 10
WAIT_SECONDS = 60
SERVER = "crash-inbox"


def mail(number):
    return (f"Received: from border.example.org by mx.example.org; Mon, 30 Nov 2026 12:00:{number % 60:02d} +0000\n"
            f"From: person{number}@example.org\nTo: crash@example.org\nSubject: number {number}\n"
            f"Message-ID: <crash-{number}@example.org>\nDate: Mon, 30 Nov 2026 12:00:00 +0000\n\n"
            f"Text of mail {number}.\n").encode()


def through_another_door(raw):
    """Services write header fields of their own, each others."""
    return b"X-MS-Exchange-Organization-AuthAs: Anonymous\n" + raw


class Trial:
    def __init__(self, binary, folder, lab, old, new):
        self.lab, self.old, self.new = lab, old, new
        self.node = Node(binary, folder, lab.password)
        self.number = 0
        self.write(old)
        self.node.config.write_text(fill_in((SOURCE / "tests/fault/node.yaml").read_text(), self.node.values(lab)))

    def write(self, mailbox):
        self.partition = self.node.partitions / "crash.yaml"
        self.partition.write_text(partition_text(self.node.values(self.lab), mailbox))

    def deliver(self, count):
        """Into the one mailbox, or into both of what stands for one."""
        for _ in range(count):
            raw = mail(self.number)
            self.number += 1
            self.old.deliver(raw)
            if isinstance(self.new, SimulatedMailbox):
                self.new.deliver(through_another_door(raw))

    def ledger(self):
        return self.node.ask("ledger", "--mailbox", SERVER, "--limit", "1")["state"]["outcomes"]

    def wait(self, wanted):
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                found = {name: int(count) for name, count in self.ledger().items() if int(count)}
            except (NodeError, KeyError) as error:
                found = str(error)
            if found == wanted:
                return
            if time.monotonic() > deadline:
                raise NodeError(f"outcomes {found} instead of {wanted}; {self.node.last_words()}")
            time.sleep(0.2)

    def run(self):
        self.deliver(BEFORE)
        self.node.start()
        self.node.wait_for_health()
        self.wait({"logged": BEFORE})
        self.deliver(MEANWHILE)
        self.write(self.new)
        self.node.ask("apply", "-f", str(self.partition))
        self.deliver(AFTER)
        # How many the old protocol still took is a matter of moments; each mail is one call, whoever took it.
        self.wait_for_calls()
        self.judge()
        self.node.stop()

    def wait_for_calls(self):
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            found = self.ledger()
            if int(found.get("logged", 0)) == self.number and int(found.get("suppressed:duplicate", 0)) >= BEFORE:
                return
            if time.monotonic() > deadline:
                raise NodeError(f"{found} of {self.number} mails; {self.node.last_words()}")
            time.sleep(0.2)

    def judge(self):
        wrong = aftermath.call_differences(self.node, self.number)
        if wrong:
            raise NodeError("; ".join(wrong[:5]))
        found = self.ledger()
        extra = {name for name, count in found.items() if int(count)} - {"logged", "suppressed:duplicate"}
        if extra or int(found["suppressed:duplicate"]) > BEFORE + MEANWHILE:
            raise NodeError(f"outcomes {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="postroom-switch-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        lab = MailLab(folder / "lab")
        try:
            for old, new in (("POP3", "IMAP"), ("EWS", "GRAPH")):
                trial = Trial(arguments.binary, folder / new, lab, mailbox_of(lab, old), mailbox_of(lab, new))
                try:
                    trial.run()
                    print(f"{old} to {new}: {trial.number} mails, {trial.number} calls", flush=True)
                finally:
                    trial.node.kill()
                    trial.old.end()
                    trial.new.end()
        finally:
            lab.end()


if __name__ == "__main__":
    try:
        main()
    except (NodeError, RuntimeError, OSError) as error:
        sys.exit(str(error))
