#!/usr/bin/python3
"""A stored secret signs in, reaches a running mailbox at once, and is in no file.

The secret is the real password of a private mail system. It is put, replaced by a wrong one,
put again and moved to another node key, while `postroom serve` runs at log level debug. Real binary,
real Dovecot.
"""
import os
import secrets
import subprocess

from trial import Trial, run

from harness.node import NodeError, fill_in
from mailboxes import LabMailbox, partition_text

LOGIN = "vault"
RIGHT = "right-marker-" + secrets.token_hex(8)
WRONG = "wrong-marker-" + secrets.token_hex(8)


def node_yaml(old_key):
    return ("data_dir: ${DATA_DIR}\nmetrics_listen: 127.0.0.1:${METRICS_PORT}\n"
            "log:\n  level: debug\nsecrets_key: file:${KEY}\n"
            + (f"secrets_old_keys: [\"file:{old_key}\"]\n" if old_key else ""))


class Vaulted(Trial):
    def __init__(self, binary, folder):
        super().__init__(binary, folder, "--password", RIGHT)
        self.partition = self.node.partitions / "it.yaml"
        text = partition_text(self.node.values(self.lab), LabMailbox(self.lab, "IMAP", LOGIN))
        self.partition.write_text(text.replace("env:DEMO_PASSWORD", "secret:imap"))
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


def play(trial):
    first, second = trial.folder / "first.key", trial.folder / "second.key"
    trial.configure(first)
    trial.start_node()
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
    trial.start_node()
    trial.node.ask("secrets", "rotate")
    trial.node.stop()
    os.remove(first)
    trial.configure(second)
    trial.start_node()
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
    print("a stored secret signed in, changed, rotated, and was in no file")


if __name__ == "__main__":
    run(__doc__, Vaulted, play)
