#!/usr/bin/python3
"""Everything is changed while mails come in: no mail is lost or doubled, and nothing restarts that was not changed.

Mails are delivered into six mailboxes of four partitions while the admin methods change, in turns and at random, windows,
poll intervals, security and activity of servers, templates, priorities, texts, outgoing servers, general settings, stored
secrets, and the partitions there are; and roll back. Real binary, real Dovecot, real SMTP server. Dovecot's own log tells
who signed in anew. The times that changes take are printed; --within is the bound that fails the test.
"""
import argparse
import bisect
import collections
import random
import secrets
import shutil
import statistics
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
import hot_site  # noqa: E402
from harness import exit_on_signals  # noqa: E402
from harness.admin import Admin, Refused  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402

SENDERS = 20
WAIT_SECONDS = 60
WHO = "hot"
NODE = "data_dir: ${DATA_DIR}\nmetrics_listen: 127.0.0.1:${METRICS_PORT}\nsecrets_key: file:${KEY}\n"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=120, help="over which they are delivered")
    parser.add_argument("--within", type=float, default=1.0, help="seconds for a change to be in force")
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


def mail(number):
    return (f"From: Person {number % SENDERS} <person{number % SENDERS}@example.org>\nTo: desk@example.org\n"
            f"Subject: number {number}\nMessage-ID: <hot-{number}@example.org>\n\n"
            + "A line of an ordinary mail that nobody may lose.\n" * 12).encode()


class Courier(threading.Thread):
    """Delivers all mails, each to a mailbox chosen at random."""

    def __init__(self, lab, arguments, seed):
        super().__init__(daemon=True)
        self.lab, self.arguments, self.chance = lab, arguments, random.Random(seed)
        self.delivered = collections.Counter()
        self.error = None

    def run(self):
        boxes = [box for names in hot_site.BOXES.values() for box in names]
        begin = time.monotonic()
        try:
            for number in range(self.arguments.mails):
                box = self.chance.choice(boxes)
                self.lab.deliver(box, mail(number))
                self.delivered[box] += 1
                due = begin + (number + 1) * self.arguments.seconds / self.arguments.mails
                time.sleep(max(0.0, due - time.monotonic()))
        except OSError as error:
            self.error = error


class Trial:
    def __init__(self, arguments, folder, seed):
        self.arguments, self.chance = arguments, random.Random(seed)
        self.lab = MailLab(folder / "lab")
        self.node = Node(arguments.binary, folder / "node", self.lab.password)
        key = folder / "node.key"
        key.write_text(secrets.token_hex(32))
        key.chmod(0o600)
        self.node.config.write_text(fill_in(NODE, {**self.node.values(self.lab), "KEY": key}))
        self.site = hot_site.Site(self.lab, self.chance)
        self.courier = Courier(self.lab, arguments, seed)
        self.admin = Admin.local(self.node.socket)
        self.touches = collections.Counter()
        self.took = collections.defaultdict(list)
        # Partition -> (version, since when nobody may decide by an older one), in order.
        self.in_force = {name: [] for name in hot_site.BOXES}
        self.wrong = []

    def begin(self):
        self.node.start()
        self.node.wait_for_health()
        self.put_secret()
        answer = self.admin.call("SettingsService/Apply", general=self.site.general, who=WHO,
                                 partitions=list(self.site.partitions.values()))
        if answer.get("problems"):
            raise NodeError(f"the first configuration is refused: {answer['problems']}")
        self.site.versions[int(answer["version"])] = self.site.said()
        self.wait("every mailbox is polled", lambda: all(self.logins()[box] for box in self.boxes()))
        self.at_first = self.logins()

    @staticmethod
    def boxes():
        return [box for names in hot_site.BOXES.values() for box in names]

    def wait(self, what, condition, seconds=WAIT_SECONDS):
        """The time it took."""
        begin = time.monotonic()
        while not condition():
            if time.monotonic() - begin > seconds or not self.node.running():
                raise NodeError(f"{what}: not within {seconds} s; {self.node.last_words()}")
            time.sleep(0.01)
        return time.monotonic() - begin

    def logins(self):
        """Mailbox -> how often somebody has signed in to it, as Dovecot counts."""
        found = collections.Counter()
        for line in (self.lab.folder / "log/dovecot.log").read_text(errors="replace").splitlines():
            if "Login: user=<" in line:
                found[line.partition("Login: user=<")[2].partition(">")[0]] += 1
        return found

    def put_secret(self):
        part, name = hot_site.SECRET
        self.admin.call("SecretsService/Put", partition=part, name=name, value=self.lab.password, who=WHO)

    # Changes

    def change_all(self):
        """In turns, in an order of chance, until the last mail is delivered; each kind once at least."""
        kinds = [*self.site.changes(), self.roll_back, self.renew_secret, self.rotate]
        self.courier.start()
        rounds = 0
        while self.courier.is_alive() or rounds == 0:
            for kind in self.chance.sample(kinds, len(kinds)):
                if kind in self.site.changes():
                    self.change(kind)
                else:
                    kind()
            rounds += 1
        self.courier.join()
        if self.courier.error:
            raise self.courier.error

    def change(self, kind):
        before = self.site.said()
        kind()
        self.send(kind.__name__, before, lambda: self.admin.call(
            "SettingsService/Apply", general=self.site.general, who=WHO, prune=True,
            partitions=list(self.site.partitions.values())))

    def roll_back(self):
        before = self.site.said()
        old = self.chance.choice(sorted(self.site.versions)[-4:])
        self.site.be(self.site.versions[old])
        self.send("roll_back", before, lambda: self.admin.call(
            "SettingsService/RollBack", version=old, reason="it was better", who=WHO))

    def renew_secret(self):
        logins = self.logins()["hr-1"]
        self.touches["hr-1"] += 1
        begin = time.monotonic()
        self.put_secret()
        if "hr-1" in hot_site.servers(self.site.said()):
            self.wait("hr-1 signs in with the secret", lambda: self.logins()["hr-1"] > logins)
            self.took["signed in anew"].append(time.monotonic() - begin)

    def rotate(self):
        begin = time.monotonic()
        self.admin.call("SecretsService/Rotate", who=WHO)
        self.took["rotate"].append(time.monotonic() - begin)

    def send(self, name, before, how):
        """Makes one change and waits until it is in force."""
        after = self.site.said()
        logins = self.logins()
        begin = time.monotonic()
        answer = how()
        if answer.get("problems"):
            raise NodeError(f"{name} is refused: {answer['problems']}")
        version = int(answer["version"])
        self.site.versions[version] = after
        for part in hot_site.concerned(before, after):
            self.in_force[part].append((version, int((time.time() + self.arguments.within) * 1000)))
        polled = set(hot_site.servers(after))
        self.wait(f"version {version} ({name}) is in force", lambda: self.stands(version, polled))
        self.took[name].append(time.monotonic() - begin)
        self.expect_logins(before, after, logins, begin)

    def stands(self, version, polled):
        status = self.admin.call("StatusService/Get")
        listed = {m["name"] for p in status.get("partitions", []) for m in p.get("mailboxes", [])}
        return int(status.get("settings_version", 0)) >= version and listed == polled

    def expect_logins(self, before, after, logins, begin):
        touched = hot_site.touched(before, after)
        self.touches.update(touched)
        polled = hot_site.servers(after)
        # A POP3 mailbox is signed in to at each poll, so its sign-ins tell nothing.
        anew = [box for box in touched if box in polled and box not in hot_site.POP3]
        if anew:
            self.wait(f"{anew} are signed in to anew",
                      lambda: all(self.logins()[box] > logins[box] for box in anew))
            self.took["signed in anew"].append(time.monotonic() - begin)

    # Afterwards

    def settle(self):
        before = self.site.said()
        for name in hot_site.BOXES:
            self.site.partitions.setdefault(name, hot_site.partition(self.lab, name))
        for part in self.site.partitions.values():
            for server in part["incoming"]:
                server["active"] = True
        if self.site.said() != before:
            self.send("all_active", before, lambda: self.admin.call(
                "SettingsService/Apply", who=WHO, partitions=list(self.site.partitions.values())))
        self.wait("every mail has an outcome and an answer", self.settled, aftermath.SETTLE_SECONDS)

    def settled(self):
        time.sleep(0.2)
        try:
            decided = sum(int(self.admin.call("LedgerService/Get", mailbox=box, page_size=1).get("entries_total", 0))
                          for box in self.boxes() if self.courier.delivered[box])
        except Refused:
            return False  # the partition is not open yet
        parts = self.admin.call("StatusService/Get")["partitions"]
        return decided >= self.arguments.mails and not any(int(p["sender"].get("pending", 0)) for p in parts)

    def judge(self):
        wrong = self.wrong
        wrong += aftermath.call_differences(self.node, self.arguments.mails, "hot")
        for box in self.boxes():
            wrong += aftermath.ledger_differences(self.node, self.courier.delivered[box], box)
        wrong += aftermath.answer_differences(self.lab, self.arguments.mails, "hot")
        wrong += self.decision_differences()
        wrong += self.restart_differences()
        wrong += [f"{name} took {max(took):.2f} s" for name, took in self.took.items()
                  if max(took) > self.arguments.within]
        return wrong

    def decision_differences(self):
        """Each call was decided by the rules that were in force, and by nothing older."""
        for call in self.node.ask("calls", "--limit", str(self.arguments.mails * 2))["calls"]:
            part, version = call["partition"], int(call["decision"]["settings_version"])
            since = self.in_force[part]
            at = bisect.bisect([moment for _, moment in since], int(call["created_at"]))
            if at and version < since[at - 1][0]:
                yield (f"{part} call {call['number']} was decided by version {version}, "
                       f"{self.arguments.within} s after version {since[at - 1][0]}")
            rules = self.site.versions[version]["partitions"][part]
            wanted = (rules["matrix"][0]["priority"]["Normal"], rules["templates"][0]["office"])
            if (call["priority"], call["office"]) != wanted:
                yield f"{part} call {call['number']} is not what version {version} says: {wanted}"

    def restart_differences(self):
        logins = self.logins()
        for box in self.boxes():
            anew = logins[box] - self.at_first[box]
            if box not in hot_site.POP3 and anew > self.touches[box]:
                yield f"{box} was signed in to {anew} times more, and changed {self.touches[box]} times"
        for part in self.admin.call("StatusService/Get")["partitions"]:
            for child in [*part["mailboxes"], part["sender"]]:
                if int(child.get("restarts", 0)):
                    yield f"{child.get('name', part['id'] + ' sender')} died {child['restarts']} times"

    def report(self):
        for name, took in sorted(self.took.items()):
            print(f"{name:15s} {len(took):4d} times, in force after: median {statistics.median(took) * 1000:6.0f} ms, "
                  f"slowest {max(took) * 1000:6.0f} ms")
        logins = self.logins()
        print("signed in anew / changed: " + ", ".join(
            f"{box} {logins[box] - self.at_first[box]}/{self.touches[box]}" for box in self.boxes()
            if box not in hot_site.POP3))
        print(f"{self.arguments.mails} mails, {max(self.site.versions)} versions", flush=True)

    def end(self):
        self.node.kill()
        self.lab.end()


def run(arguments, folder):
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2 ** 32)
    print(f"seed {seed}", flush=True)
    trial = Trial(arguments, folder, seed)
    try:
        trial.begin()
        trial.change_all()
        trial.settle()
        trial.report()
        wrong = trial.judge()
        trial.node.stop()
        return wrong
    except (NodeError, Refused, RuntimeError, OSError) as error:
        return [str(error)]
    finally:
        trial.end()


def main():
    arguments = parse_arguments()
    exit_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="postroom-hot-", dir="/tmp"))
    folder.chmod(0o755)
    wrong = run(arguments, folder)
    for difference in wrong[:20]:
        print(difference)
    if wrong and (folder / "node" / "postroom.log").exists():
        print("\n".join((folder / "node" / "postroom.log").read_text(errors="replace").splitlines()[-40:]))
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if wrong else 0)


main()
