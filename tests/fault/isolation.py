#!/usr/bin/python3
"""A mail server of HR that hangs, or is gone, delays no mail of IT.

Two mail systems, two partitions, one Postroom. IT's latency is measured from the delivery to the durable call, first
undisturbed, then while every process of HR's mail system is frozen, then after it has ended. The figures are printed;
what fails the test is a mail of IT that is not a call within DEADLINE_SECONDS, which a wait for HR would exceed.
"""
import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(HERE), str(SOURCE / "deploy")]

from harness.mail_lab import MailLab  # noqa: E402
from harness.metrics import total  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402
from mailboxes import LabMailbox, partition_text  # noqa: E402

DEADLINE_SECONDS = 10  # HR's own time limit is 60 s
PARTITIONS = ("IT", "HR")


def partition(node, lab, name):
    values = node.values(lab)
    text = partition_text(values, LabMailbox(lab, "IMAP", name.lower()), "mark_seen")
    text = text.replace("id: CRASH", f"id: {name}").replace("crash-", f"{name.lower()}-")
    (node.partitions / f"{name}.yaml").write_text(text)
    node.config.write_text(fill_in((HERE / "node.yaml").read_text(), values))


def calls(node):
    return total(node.get("/metrics"), "postroom_mails_total", partition="IT", outcome="logged")


def latencies(node, lab, phase, mails):
    """Seconds from delivery to durable call, one mail at a time."""
    found = []
    for number in range(mails):
        before = calls(node)
        begin = time.monotonic()
        lab.deliver("it", (f"From: it.user@example.org\nSubject: {phase} {number}\n"
                           f"Message-ID: <{phase}-{number}@example.org>\n\nHello\n").encode())
        while calls(node) == before:
            if time.monotonic() - begin > DEADLINE_SECONDS:
                raise NodeError(f"{phase}: mail {number} of IT is no call after {DEADLINE_SECONDS} s")
            time.sleep(0.005)
        found.append(time.monotonic() - begin)
    return found


def until_healthy(node):
    deadline = time.monotonic() + 30
    while True:
        try:
            boxes = [m for p in node.ask("status")["partitions"] for m in p["mailboxes"]]
            if len(boxes) == len(PARTITIONS) and all(m["state"] == "idle" for m in boxes):
                return
        except NodeError:
            pass  # the partitions are not open yet
        if time.monotonic() > deadline:
            raise NodeError(f"the mailboxes are not idle: {node.last_words()}")
        time.sleep(0.1)


def trial(node, labs, mails):
    for name in PARTITIONS:
        partition(node, labs[name], name)
    node.start()
    node.wait_for_health()
    until_healthy(node)
    phases = {"undisturbed": latencies(node, labs["IT"], "undisturbed", mails)}
    # HR is in the middle of something when its server stops answering.
    labs["HR"].deliver("hr", b"From: a@example.org\nMessage-ID: <hang@example.org>\n\nhang\n")
    labs["HR"].command("freeze")
    phases["hanging"] = latencies(node, labs["IT"], "hanging", mails)
    labs["HR"].command("thaw")
    labs["HR"].command("stop")
    phases["gone"] = latencies(node, labs["IT"], "gone", mails)
    node.stop()
    return phases


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--mails", type=int, default=20)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="postroom-isolation-", dir="/tmp"))
    folder.chmod(0o755)
    labs = {name: MailLab(folder / name) for name in PARTITIONS}
    node = Node(arguments.binary, folder / "node", labs["IT"].password)
    try:
        phases = trial(node, labs, arguments.mails)
        for phase, found in phases.items():
            print(f"HR {phase:12s} IT from delivery to durable call: median "
                  f"{statistics.median(found) * 1000:6.0f} ms, slowest {max(found) * 1000:6.0f} ms")
    finally:
        node.kill()
        for lab in labs.values():
            lab.end()
        shutil.rmtree(folder, ignore_errors=True)


main()
