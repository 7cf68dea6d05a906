#!/usr/bin/python3
"""Every mail of the corpus goes through a real Dovecot into exactly one outcome; none stops the mailbox.

The corpus is no part of this project: it is looked for beside the checkout (../shared/corpus) or at
POSTROOM_CORPUS. Without it this test says so and ends with status 77, which ctest counts as skipped.
"""
import argparse
import csv
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(SOURCE / "deploy"), str(SOURCE / "tests/fault")]

from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402
from mailboxes import LabMailbox, partition_text  # noqa: E402

SKIPPED = 77
SETTLE_SECONDS = 240
LOGIN = "corpus"


def corpus_mails():
    root = Path(os.environ.get("POSTROOM_CORPUS", SOURCE.parent / "shared" / "corpus"))
    if not (root / "manifest.tsv").exists():
        print(f"corpus absent: skipped (looked at {root.name})")
        sys.exit(SKIPPED)
    with open(root / "manifest.tsv", newline="") as manifest:
        rows = csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE)
        files = [root / row["path"] for row in rows if row["kind"] == "msg"]
    return [file for file in files if file.is_file()]


def fill(lab, mails):
    """Into the maildir as they are: a delivery agent would add headers to what is broken on purpose."""
    lab.deliver(LOGIN, b"From: first@example.org\nSubject: first\n\nopens the maildir\n")
    new = lab.mail_folder() / LOGIN / "Maildir" / "new"
    owner = new.stat()
    for number, mail in enumerate(mails):
        target = new / f"{1700000000 + number}.M{number}.corpus"
        target.write_bytes(mail.read_bytes())
        if os.geteuid() == 0:
            os.chown(target, owner.st_uid, owner.st_gid)
        target.chmod(0o600)
    return len(mails) + 1


def configure(node, lab):
    values = node.values(lab)
    partition = partition_text(values, LabMailbox(lab, "IMAP", LOGIN))
    # The corpus holds real addresses: no answer may leave for them, not even on this machine.
    partition = partition[:partition.index("outgoing:")]
    (node.partitions / "corpus.yaml").write_text(partition)
    node.config.write_text(fill_in((SOURCE / "tests/fault/node.yaml").read_text(), values))


def outcomes(node, expected):
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            ledger = node.ask("ledger", "--mailbox", "crash-inbox", "--limit", "1")
        except NodeError:
            ledger = {"entries_total": 0}  # the partition is not open yet
        if int(ledger["entries_total"]) >= expected:
            return ledger
        if time.monotonic() > deadline or not node.running():
            raise NodeError(f"{ledger['entries_total']} of {expected} mails have an outcome: "
                            f"{node.last_words()}")
        time.sleep(0.25)


def judge(node, expected):
    ledger = outcomes(node, expected)
    counts = {name: int(n) for name, n in ledger["state"]["outcomes"].items()}
    for name, count in sorted(counts.items()):
        print(f"{count:6d}  {name}")
    print(f"{sum(counts.values()):6d}  mails in all, {expected} were in the mailbox")
    mailbox = node.ask("status")["partitions"][0]["mailboxes"][0]
    assert sum(counts.values()) == expected, "an outcome is missing or doubled"
    assert int(ledger["entries_total"]) == expected, "the ledger does not hold one entry per mail"
    assert int(mailbox["restarts"]) == 0, f"a mail stopped the mailbox: {mailbox['last_error']}"
    assert counts.get("quarantined:mail_kills_handler", 0) == 0, "a mail makes its handler fail"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    mails = corpus_mails()
    folder = Path(tempfile.mkdtemp(prefix="postroom-corpus-", dir="/tmp"))
    folder.chmod(0o755)
    lab = MailLab(folder / "lab")
    node = Node(arguments.binary, folder / "node", lab.password)
    try:
        expected = fill(lab, mails)
        configure(node, lab)
        node.start()
        node.wait_for_health()
        judge(node, expected)
        node.stop()
    finally:
        node.kill()
        lab.end()
        shutil.rmtree(folder, ignore_errors=True)


main()
