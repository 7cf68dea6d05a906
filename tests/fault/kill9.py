#!/usr/bin/python3
"""kill -9 while mails come in: afterwards every mail has exactly one outcome and one call.

Random kills: `postroom serve` is killed --kills times, at random moments, while --mails mails are
delivered. With --inject it dies once at each named fault injection point instead (a build with
POSTROOM_INJECTION). Real binary, real Dovecot, real SMTP server; Microsoft Graph and Exchange are
simulated.
"""
import argparse
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(HERE), str(SOURCE / "deploy")]

import aftermath  # noqa: E402
from harness import exit_on_signals  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402
from mailboxes import mailbox_of, partition_text  # noqa: E402

POINT = re.compile(r'POSTROOM_INJECT\("([a-z_.]+)"\)')
SENDERS = 20
ROUND_SECONDS = 1.0
DIE_SECONDS = 60
MAILS_PER_POINT = 40
BIG_MAIL = 3 * 1024 * 1024


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--protocol", choices=("IMAP", "POP3", "GRAPH", "EWS"), default="IMAP")
    parser.add_argument("--after-commit", choices=("leave", "mark_seen", "move", "delete"),
                        default="leave")
    parser.add_argument("--inject", action="store_true")
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


def mail(number, size=600):
    body = "A line of an ordinary mail that nobody may lose.\n" * (size // 49)
    return (f"From: Person {number % SENDERS} <person{number % SENDERS}@example.org>\n"
            f"To: crash@example.org\nSubject: number {number}\n"
            f"Message-ID: <crash-{number}@example.org>\n\n{body}").encode()


class Trial:
    def __init__(self, arguments, folder, chance):
        self.arguments, self.folder, self.chance = arguments, folder, chance
        self.lab = MailLab(folder / "lab")
        self.node = Node(arguments.binary, folder / "node", self.lab.password)
        self.mailbox = mailbox_of(self.lab, arguments.protocol)
        self.delivered = 0
        self.deaths = 0
        self.write_settings()

    def write_settings(self):
        values = self.node.values(self.lab)
        action = self.arguments.after_commit
        if action == "move":
            action = "move\n    move_to: Handled"
        (self.node.partitions / "crash.yaml").write_text(partition_text(values, self.mailbox, action))
        self.node.config.write_text(fill_in((HERE / "node.yaml").read_text(), values))

    def deliver(self, count, size=600, seconds=0.0):
        for _ in range(count):
            self.mailbox.deliver(mail(self.delivered, size))
            self.delivered += 1
            time.sleep(seconds / count)

    def random_kills(self):
        kills = self.arguments.kills
        for number in range(kills):
            until = self.arguments.mails * (number + 1) // kills
            courier = threading.Thread(target=self.deliver, args=(until - self.delivered,),
                                       kwargs={"seconds": ROUND_SECONDS / 2})
            self.node.start()
            courier.start()
            # From "not even open yet" to "in the middle of it".
            time.sleep(self.chance.uniform(0.02, ROUND_SECONDS))
            if not self.node.running():
                raise NodeError(f"postroom serve ended by itself: {self.node.last_words()}")
            self.node.kill()
            self.deaths += 1
            courier.join()

    def kill_at(self, point):
        hit = self.chance.randint(1, 3)
        self.node.start(POSTROOM_INJECT=f"{point}=kill@{hit}")
        deadline = time.monotonic() + DIE_SECONDS
        # A large mail goes another way into the store than small ones.
        self.deliver(1, BIG_MAIL)
        for _ in range(MAILS_PER_POINT):
            self.deliver(1)
            if not self.node.running():
                break
        while self.node.running():
            if time.monotonic() > deadline:
                raise NodeError(f"the injection point {point} was not reached {hit} times")
            self.deliver(1, BIG_MAIL)
            time.sleep(0.3)
        self.deaths += 1
        print(f"  died at {point}, pass {hit}, with {self.delivered} mails delivered", flush=True)

    def injected_kills(self):
        for point in injection_points():
            if point.startswith("poller.before_settle") and self.arguments.after_commit == "leave":
                continue  # nothing to settle
            self.kill_at(point)
            self.settle()

    def settle(self):
        """Runs undisturbed until every mail delivered so far has its outcome and its answer."""
        self.node.start()
        self.node.wait_for_health()
        aftermath.wait(self.node, self.delivered)
        self.node.stop()

    def judge(self):
        self.node.start()
        self.node.wait_for_health()
        aftermath.wait(self.node, self.delivered)
        wrong = aftermath.differences(self.node, self.lab, self.mailbox, self.delivered,
                                      self.arguments.after_commit)
        self.node.stop()
        return wrong

    def end(self):
        self.node.kill()
        self.mailbox.end()
        self.lab.end()


def injection_points():
    """Every named point in the sources, so that a new one is tested from the day it is there."""
    rooms = ("mail", "partitions", "config", "storage", "channels", "actors", "api", "app")
    points = {point for room in rooms for path in (SOURCE / room).glob("*.cpp")
              for point in POINT.findall(path.read_text())}
    if not points:
        raise NodeError("there are no injection points in the sources")
    return sorted(points)


def run(arguments, folder):
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2 ** 32)
    print(f"seed {seed}", flush=True)
    trial = Trial(arguments, folder, random.Random(seed))
    try:
        trial.injected_kills() if arguments.inject else trial.random_kills()
        wrong = trial.judge()
        print(f"{trial.deaths} kills, {trial.delivered} mails, after_commit "
              f"{arguments.after_commit} over {arguments.protocol}: "
              f"{len(wrong)} differences", flush=True)
        return wrong
    except (NodeError, RuntimeError, OSError) as error:
        return [str(error)]
    finally:
        trial.end()


def main():
    arguments = parse_arguments()
    exit_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="postroom-kill-", dir="/tmp"))
    folder.chmod(0o755)
    wrong = run(arguments, folder)
    for difference in wrong[:20]:
        print(difference)
    if wrong and (folder / "node" / "postroom.log").exists():
        print("\n".join((folder / "node" / "postroom.log").read_text(errors="replace")
                        .splitlines()[-40:]))
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if wrong else 0)


main()
