#!/usr/bin/python3
"""A live IMAP or POP3 server is told to read another account: what lay there before is nobody's call, what comes is.

The other account has mails under the same names as the first one's, by chance as it were: they are told apart. Real
binary, real Dovecot.
"""
import os
import time

from trial import SOURCE, Trial, run

from harness.node import NodeError, fill_in
from mailboxes import LabMailbox, partition_text

SERVER = "crash-inbox"
OLD_MAILS, NEW_MAILS = 4, 3
LONG_AGO = 3 * 86_400  # seconds; POP3 lets a day more pass


def mail(subject, age=0):
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() - age))
    return (f"From: ann@example.org\nTo: crash@example.org\nSubject: {subject}\nDate: {date}\n"
            f"Message-ID: <{subject.replace(' ', '-')}@example.org>\n\nText of {subject}.\n").encode()


class Moving(Trial):
    def start(self, protocol):
        self.protocol = protocol
        text = partition_text(self.node.values(self.lab), LabMailbox(self.lab, protocol, f"one-{protocol.lower()}"))
        (self.node.partitions / "crash.yaml").write_text(text.replace("start_from: all", "start_from: now"))
        self.node.config.write_text(fill_in((SOURCE / "tests/fault/node.yaml").read_text(), self.node.values(self.lab)))
        self.start_node()
        self.wait("the mailbox is read", lambda: self.mailbox_state() in ("idle", "waiting"))

    def outcomes(self):
        found = self.node.ask("ledger", "--mailbox", SERVER, "--limit", "1")["state"]["outcomes"]
        return {name: int(count) for name, count in found.items() if int(count)}

    def wait_for(self, wanted):
        self.wait(f"{self.protocol}: {wanted}", lambda: self.outcomes() == wanted)

    def age(self, login):
        """Dovecot takes the time of a mail's arrival from its file."""
        then = time.time() - LONG_AGO
        for file in sum(self.lab.files(login), []):
            os.utime(file, (then, then))


def move(trial, protocol):
    first, second = f"one-{protocol.lower()}", f"two-{protocol.lower()}"
    trial.start(protocol)
    for i in range(NEW_MAILS):
        trial.lab.deliver(first, mail(f"{protocol} first {i}"))
    trial.wait_for({"logged": NEW_MAILS})

    for i in range(OLD_MAILS):
        trial.lab.deliver(second, mail(f"{protocol} old {i}", LONG_AGO))
    trial.age(second)
    trial.node.ask("servers", "update", SERVER, "--set", f"login={second}")
    trial.wait_for({"logged": NEW_MAILS, "suppressed:before_start": OLD_MAILS})
    for i in range(NEW_MAILS):
        trial.lab.deliver(second, mail(f"{protocol} second {i}"))
    trial.wait_for({"logged": 2 * NEW_MAILS, "suppressed:before_start": OLD_MAILS})
    calls = len(trial.node.ask("calls", "--limit", "100").get("calls", []))
    if calls != 2 * NEW_MAILS:
        raise NodeError(f"{protocol}: {calls} calls instead of {2 * NEW_MAILS}")
    trial.node.stop()
    print(f"{protocol}: {OLD_MAILS} old mails of the other account are no calls, {NEW_MAILS} new ones are", flush=True)


if __name__ == "__main__":
    for name in ("IMAP", "POP3"):
        run(__doc__, Moving, lambda trial, protocol=name: move(trial, protocol))
