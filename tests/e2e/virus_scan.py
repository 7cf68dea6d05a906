#!/usr/bin/python3
"""A node that has its mails scanned by Debian's clamd: infected ones are put aside, and while clamd is away all wait.

clamd has one signature of the test's own, so nothing is downloaded. It is killed while mails come in, and so is the node
meanwhile; in the end each mail has become one thing, once. Real binary, real Dovecot. Skipped where clamd is not installed.
"""
import socket
import subprocess
import sys
import urllib.error
from pathlib import Path

from trial import Trial, run, wait

from harness.node import NodeError, end_with_parent, fill_in
from mailboxes import LabMailbox, partition_text

CLAMD = Path("/usr/sbin/clamd")
SKIPPED = 77
LOGIN = "scanned"
# The test string of eicar.org, in two parts lest this file be taken for a virus.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Postroom.Test"
CLEAN, INFECTED = "It is clean.", EICAR


class Clamd:
    def __init__(self, folder):
        (folder / "db").mkdir(parents=True)
        (folder / "db/own.ndb").write_text(f"{SIGNATURE}:0:*:{EICAR.encode().hex()}\n")
        self.socket = folder / "socket"
        self.config = folder / "clamd.conf"
        self.config.write_text(f"LocalSocket {self.socket}\nDatabaseDirectory {folder / 'db'}\n"
                               f"TemporaryDirectory {folder}\nForeground yes\n")
        self.log = folder / "log"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(CLAMD), f"--config-file={self.config}"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=end_with_parent)
        wait("clamd answers", self.answers)

    def answers(self):
        if self.process.poll() is not None:
            raise NodeError(f"clamd ended: {self.log.read_text(errors='replace')}")
        with socket.socket(socket.AF_UNIX) as peer:
            try:
                peer.settimeout(5)
                peer.connect(str(self.socket))
                peer.sendall(b"zPING\0")
                return peer.recv(16) == b"PONG\0"
            except OSError:
                return False

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Scanned(Trial):
    def __init__(self, binary, folder):
        super().__init__(binary, folder)
        self.clamd = Clamd(folder / "clamd")
        self.sent = {}  # subject -> text

    def start(self):
        values = self.node.values(self.lab)
        self.node.config.write_text(fill_in("data_dir: ${DATA_DIR}\nmetrics_listen: 127.0.0.1:${METRICS_PORT}\n", values))
        partition = self.node.partitions / "crash.yaml"
        text = partition_text(values, LabMailbox(self.lab, "IMAP", LOGIN))
        partition.write_text(f"{text}scanning:\n  clamd: unix:{self.clamd.socket}\n  infected: quarantine\n"
                             "  unreachable: wait\n")
        self.clamd.start()
        self.start_node()
        self.node.ask("apply", "-f", str(partition))

    def deliver(self, subject, text):
        self.sent[subject] = text
        self.lab.deliver(LOGIN, (f"From: ann@example.org\nTo: it@example.org\nSubject: {subject}\n"
                                 f"Message-ID: <{subject.replace(' ', '-')}@example.org>\n\n{text}\n").encode())

    def calls(self):
        return self.node.ask("calls")["calls"]

    def quarantine(self):
        return [item["entry"] for item in self.node.ask("quarantine")["items"]]

    def is_waiting(self):
        return any(box["state"] == "waiting" and box["last_error"].startswith("virus scanner: ")
                   for box in self.mailboxes())

    def health(self):
        try:
            return self.node.get("/healthz")
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def expect_counts(self, calls, quarantined):
        """Nothing more has become of the mails so far."""
        found = len(self.calls()), len(self.quarantine())
        if found != (calls, quarantined):
            raise NodeError(f"{found[0]} calls and {found[1]} in the quarantine, not {calls} and {quarantined}")

    def wait_for_counts(self, calls, quarantined):
        self.wait(f"{calls} calls and {quarantined} in the quarantine",
                  lambda: (len(self.calls()), len(self.quarantine())) == (calls, quarantined))

    def explained(self, mail):
        """All that `postroom explain` says of it, on one line."""
        steps = self.node.ask("explain", mail)["steps"]
        return " ".join(f"{s['sentence']} {s.get('evidence', '')}" for s in steps)

    def end(self):
        self.clamd.kill()
        super().end()


def expect_each_once(trial):
    """No mail is lost or doubled, in the calls and in the ledger; and each can be explained."""
    ledger = trial.node.ask("ledger", "-m", "crash-inbox")["entries"]
    outcomes = sorted(entry["outcome"] for entry in ledger)
    clean = sorted(subject for subject, text in trial.sent.items() if text == CLEAN)
    if outcomes != ["LOGGED"] * len(clean) + ["QUARANTINED"] * (len(trial.sent) - len(clean)):
        raise NodeError(f"the ledger says {outcomes}")
    calls = trial.calls()
    if (subjects := sorted(call["subject"] for call in calls)) != clean:
        raise NodeError(f"calls {subjects}, not {clean}")
    for call in calls:
        told = trial.explained(f"CRASH-{int(call['number']):06}")
        if "It became call" not in told:
            raise NodeError(f"explain says of {call['subject']}: {told}")
    for entry in trial.quarantine():
        told = trial.explained(f"CRASH/{entry['mail']}")
        if entry["reason"] != "infected" or "quarantined:infected" not in told or SIGNATURE not in told:
            raise NodeError(f"{entry}, and explain says: {told}")


def play(trial):
    trial.start()
    trial.deliver("first", CLEAN)
    trial.deliver("virus", INFECTED)
    trial.wait_for_counts(1, 1)

    trial.clamd.kill()
    trial.deliver("waits", CLEAN)
    trial.deliver("virus that waits", INFECTED)
    trial.wait("the mailbox waits for the scanner", trial.is_waiting)
    if "crash-inbox" not in trial.health():
        raise NodeError(f"/healthz does not name the mailbox: {trial.health()}")
    trial.expect_counts(1, 1)
    trial.node.kill()
    trial.start_node()
    trial.deliver("came later", CLEAN)
    trial.wait("the mailbox waits again", trial.is_waiting)
    trial.expect_counts(1, 1)

    trial.clamd.start()
    trial.wait_for_counts(3, 2)
    if errors := [box["last_error"] for box in trial.mailboxes() if box["last_error"]]:
        raise NodeError(f"the scanner is back, and the status says {errors}")
    expect_each_once(trial)
    trial.node.stop()
    print("infected mails were put aside, all waited while clamd was away, and each became one thing once")


if __name__ == "__main__":
    if not CLAMD.exists():
        print("skipped: clamd is not installed (package clamav-daemon)")
        sys.exit(SKIPPED)
    run(__doc__, Scanned, play)
