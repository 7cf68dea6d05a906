#!/usr/bin/python3
"""A whole node reads a Graph mailbox under the service's limits: four requests at a time, 10,000 in ten minutes.

Counts requests per mail in steady state and looks for any that came before the end of a pause the service had asked
for. Twenty mailboxes share one OAuth client: one token is asked for. Real binary; the service is simulated.
"""
import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(SOURCE / "deploy"), str(SOURCE / "tests/simulators")]

from harness import exit_on_signals  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.metrics import total  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402
from running import Running  # noqa: E402

MAILBOXES = 20
MAILS = 60         # per mailbox and round
MOST_PER_MAIL = 1.1
WAIT_SECONDS = 120
TRAVEL_SECONDS = 0.05  # what was on its way when the pause was asked for
PARTITION = """id: IT
name: IT
impacts: [One]
urgencies: [Normal]
priorities: [Normal]
matrix:
  - {impact: One, priority: {Normal: Normal}}
statuses: [Incident]
streams: [Software]
screen_sets:
  - {name: Incident, status: Incident, stream: Software}
templates:
  - {name: Mail, status: Incident, stream: Software, impact: One, urgency: Normal}
people:
  - {name: Desk, addresses: [desk@example.org], analyst: true}
answer_limits: {flood_after: 0}
oauth_clients:
  - {name: app, provider: other, client_id: postroom, client_secret: env:DEMO_PASSWORD, scopes: [mail], token_url: ${TOKENS}}
incoming:
"""
SERVER = """  - {name: box-%d, protocol: GRAPH, oauth: app, url: "%s", user: %s, call_template: Mail,
     default_logging_analyst: desk@example.org, start_from: all, poll_interval: 1s}
"""


def user(number):
    return f"box{number}@example.org"


class Trial:
    def __init__(self, binary, folder):
        self.lab = MailLab(folder / "lab")
        self.service = Running("graph")
        self.node = Node(binary, folder / "node", self.lab.password)
        self.mails = 0

    def start(self):
        self.service.control(do="limits", concurrent=4, requests=10000, seconds=600, retry_after="0.5")
        for number in range(MAILBOXES):
            self.service.control(do="token", token=f"makes mailbox {number}", user=user(number), seconds=0)
        servers = "".join(SERVER % (n, self.service.url, user(n)) for n in range(MAILBOXES))
        values = {**self.node.values(self.lab), "TOKENS": self.service.origin + "/_token"}
        (self.node.partitions / "it.yaml").write_text(fill_in(PARTITION, values) + servers)
        self.node.config.write_text(fill_in((SOURCE / "tests/fault/node.yaml").read_text(), values))
        self.node.start()
        self.node.wait_for_health()

    def deliver(self):
        for number in range(MAILBOXES):
            for _ in range(MAILS):
                self.mails += 1
                self.service.deliver(user(number), (f"From: ann@example.org\nSubject: mail {self.mails}\n"
                                                    f"Message-ID: <{self.mails}@example.org>\n\nText\n").encode())

    def wait(self):
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            found = total(self.node.get("/metrics"), "postroom_mails_total", partition="IT", outcome="logged")
            if found == self.mails:
                return
            if time.monotonic() > deadline:
                raise NodeError(f"{found} calls of {self.mails} mails; {self.node.last_words()}")
            time.sleep(0.2)

    def requests(self):
        return self.service.control(do="requests")["requests"]


def early(requests):
    """Requests of a mailbox that came before the pause it had been asked for was over."""
    until, found = {}, 0
    for one in requests:
        asked_at, over_at = until.get(one["user"], (0, 0))
        if asked_at + TRAVEL_SECONDS < one["at"] < over_at:
            found += 1
        if one.get("retry_after"):
            until[one["user"]] = (one["ended"], one["ended"] + float(one["retry_after"]))
    return found


def judge(trial):
    trial.start()
    trial.deliver()
    trial.wait()
    trial.service.control(do="forget")
    before = trial.mails
    for word in ("messages", "value"):  # some of each are told to wait
        trial.service.control(do="fault", match=f"GET .*{word}", skip=20, times=5, before=True, status=429,
                              headers={"Retry-After": "0.75"}, body='{"error": {"code": "ApplicationThrottled"}}')
    trial.deliver()
    trial.wait()
    mails = trial.mails - before
    requests = trial.requests()
    idle = sum(one["idle"] for one in requests)  # each mailbox asks once a second whether there is something new
    per_mail = (len(requests) - idle) / mails
    most = max(trial.service.control(do="most_at_once")["most"].values())
    tokens = trial.service.control(do="issued")["tokens"]
    too_early = early(requests)
    print(f"{mails} mails in {MAILBOXES} mailboxes: {len(requests)} requests, {idle} of them found nothing new, "
          f"{per_mail:.3f} of the others per mail; "
          f"at most {most} at a time; {too_early} before Retry-After; {tokens} token")
    if per_mail > MOST_PER_MAIL or most > 4 or too_early or tokens != 1:
        raise NodeError("that is too many")
    trial.node.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="postroom-graph-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        trial = Trial(arguments.binary, folder)
        try:
            judge(trial)
        finally:
            trial.node.kill()
            trial.service.end()
            trial.lab.end()


if __name__ == "__main__":
    try:
        main()
    except (NodeError, RuntimeError, OSError) as error:
        sys.exit(str(error))
