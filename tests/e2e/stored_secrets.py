#!/usr/bin/python3
"""A stored secret signs in, reaches a running mailbox at once, and is in no file.

The secret is the real password of a private mail system. It is put, replaced by a wrong one,
put again and moved to another node key, while `postroom serve` runs at log level debug. Real binary,
real Dovecot.
"""
import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(SOURCE / "deploy"), str(SOURCE / "tests/fault")]

from harness import exit_on_signals  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402
from mailboxes import LabMailbox  # noqa: E402

LOGIN = "vault"
RIGHT = "right-marker-" + secrets.token_hex(8)
WRONG = "wrong-marker-" + secrets.token_hex(8)
WAIT_SECONDS = 60


def node_yaml(old_key):
    return ("data_dir: ${DATA_DIR}\nmetrics_listen: 127.0.0.1:${METRICS_PORT}\n"
            "log:\n  level: debug\nsecrets_key: file:${KEY}\n"
            + (f"secrets_old_keys: [\"file:{old_key}\"]\n" if old_key else ""))


class Trial:
    def __init__(self, binary, folder):
        self.folder = folder
        self.lab = MailLab(folder / "lab", "--password", RIGHT)
        self.node = Node(binary, folder / "node", self.lab.password)
        self.partition = self.node.partitions / "it.yaml"
        place, clients = LabMailbox(self.lab, "IMAP", LOGIN).settings()
        values = {**self.node.values(self.lab), "PROTOCOL": "IMAP", "AFTER_COMMIT": "leave",
                  "PLACE": place, "CLIENTS": clients}
        text = (SOURCE / "tests/fault/partition.yaml").read_text()
        self.partition.write_text(
            fill_in(text, values).replace("env:DEMO_PASSWORD", "secret:imap"))
        self.id = next(line.split()[1] for line in text.splitlines() if line.startswith("id:"))
        self.mails = 0

    def configure(self, key, old_key=None):
        if not key.exists():
            key.write_text(secrets.token_hex(32) + "\n")
            key.chmod(0o600)
        values = {**self.node.values(self.lab), "KEY": key}
        self.node.config.write_text(fill_in(node_yaml(old_key), values))

    def run(self, *words, value=None):
        return subprocess.run([self.node.binary, *words, "--socket", str(self.node.socket)],
                              input=value, capture_output=True, text=True, timeout=60)

    def put(self, value):
        done = self.run("secrets", "put", f"{self.id}/imap", value=value + "\n")
        if done.returncode != 0:
            raise NodeError(f"secrets put: {done.stderr}")

    def apply(self):
        return self.run("apply", "-f", str(self.partition))

    def wait(self, what, condition):
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise NodeError(f"{what}: not within {WAIT_SECONDS} s; {self.node.last_words()}")
            time.sleep(0.1)

    def mailbox_state(self):
        boxes = [box for part in self.node.ask("status")["partitions"]
                 for box in part["mailboxes"]]
        return boxes[0]["state"] if boxes else "none"

    def receive_one(self):
        self.mails += 1
        self.lab.deliver(LOGIN, (f"From: a@example.org\nTo: it@example.org\nSubject: m{self.mails}"
                                 f"\nMessage-ID: <m{self.mails}@example.org>\n\nhello\n").encode())
        self.wait(f"call {self.mails}",
                  lambda: len(self.node.ask("calls")["calls"]) == self.mails)

    def files_with(self, *words):
        """Files of the node, its log among them, that hold one of these words."""
        files = [path for path in self.node.folder.rglob("*") if path.is_file()]
        return [path for path in files if any(w.encode() in path.read_bytes() for w in words)]

    def end(self):
        self.node.kill()
        self.lab.end()


def try_it(trial):
    first, second = trial.folder / "first.key", trial.folder / "second.key"
    trial.configure(first)
    trial.node.start()
    trial.node.wait_for_health()
    refused = trial.apply()
    if refused.returncode == 0 or "postroom secrets put" not in refused.stdout + refused.stderr:
        raise NodeError(f"a missing secret was not refused: {refused.stdout}{refused.stderr}")
    trial.put(RIGHT)
    applied = trial.apply()
    if applied.returncode != 0:
        raise NodeError(f"apply: {applied.stdout}{applied.stderr}")
    trial.receive_one()
    trial.put(WRONG)
    trial.wait("the wrong secret reaches the mailbox", lambda: trial.mailbox_state() == "parked")
    trial.put(RIGHT)
    trial.receive_one()
    trial.node.stop()

    trial.configure(second, old_key=first)
    trial.node.start()
    trial.node.wait_for_health()
    trial.node.ask("secrets", "rotate")
    trial.node.stop()
    os.remove(first)
    trial.configure(second)
    trial.node.start()
    trial.node.wait_for_health()
    trial.receive_one()
    if not trial.node.ask("audit", "verify")["intact"]:
        raise NodeError("the audit is not intact")
    entries = trial.node.ask("audit", "--what", "secret")["items"]
    if len(entries) != 4:
        raise NodeError(f"the audit tells of {len(entries)} changes of secrets, not of 4")
    trial.node.stop()
    if not trial.files_with("secret:imap") or not trial.files_with("mailbox"):
        raise NodeError("the search does not even find what is certainly there")
    if found := trial.files_with(RIGHT, WRONG):
        raise NodeError("secrets in plain in " + ", ".join(map(str, found)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="postroom-secrets-") as folder:
        os.chmod(folder, 0o755)  # the mail system's servers run as somebody else
        trial = Trial(arguments.binary, Path(folder))
        try:
            try_it(trial)
        except NodeError as error:
            print(f"FAILED: {error}")
            return 1
        finally:
            trial.end()
    print("a stored secret signed in, changed, rotated, and was in no file")
    return 0


if __name__ == "__main__":
    sys.exit(main())
