#!/usr/bin/python3
"""A whole node that polls its Graph mailbox once an hour takes a mail at once, because the service notifies it over HTTPS.

Real binary; the service is simulated, and posts as Microsoft Graph does. Forged notifications change nothing, and an
orderly stop leaves no subscription behind.
"""
import argparse
import json
import ssl
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from graph_limits import PARTITION, SOURCE  # noqa: E402
from harness import exit_on_signals  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.metrics import total  # noqa: E402
from harness.node import Node, NodeError, fill_in, free_port  # noqa: E402
from running import Running  # noqa: E402

WAIT_SECONDS = 30  # the next poll is an hour away
USER = "it@example.org"
LISTENER = """admin_listen: 127.0.0.1:%d
admin_tls: {certificate_file: %s/server.pem, key_file: %s/server.key}
notification_url: %s
"""
SERVER = """  - {name: it, protocol: GRAPH, oauth: app, url: "%s", user: %s, call_template: Mail, change_notifications: true,
     default_logging_analyst: desk@example.org, start_from: all, poll_interval: 1h}
"""


class Trial:
    def __init__(self, binary, folder):
        self.lab = MailLab(folder / "lab")
        self.service = Running("graph")
        self.node = Node(binary, folder / "node", self.lab.password)
        port = free_port()
        self.url = f"https://localhost:{port}/graph/notifications"
        tls = self.lab.folder / "tls"
        self.listener = LISTENER % (port, tls, tls, self.url)

    def start(self):
        self.service.control(do="trust", ca=str(self.lab.ca_file))
        self.service.control(do="token", token="makes the mailbox", user=USER, seconds=0)
        values = {**self.node.values(self.lab), "TOKENS": self.service.origin + "/_token"}
        (self.node.partitions / "it.yaml").write_text(fill_in(PARTITION, values) + SERVER % (self.service.url, USER))
        self.node.config.write_text(fill_in((SOURCE / "tests/fault/node.yaml").read_text(), values) + self.listener)
        self.node.start()
        self.node.wait_for_health()

    def deliver(self, number):
        self.service.deliver(USER, (f"From: ann@example.org\nSubject: mail {number}\n"
                                    f"Message-ID: <{number}@example.org>\n\nText\n").encode())

    def calls(self):
        return total(self.node.get("/metrics"), "postroom_mails_total", partition="IT", outcome="logged")

    def state(self):
        mailboxes = self.node.ask("status")["partitions"][0].get("mailboxes", [])
        return mailboxes[0]["state"] if mailboxes else "none"

    def subscriptions(self):
        return self.service.control(do="subscriptions", user=USER)["subscriptions"]

    def wait_for(self, what, condition):
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise NodeError(f"{what}: not within {WAIT_SECONDS} s; {self.node.last_words()}")
            time.sleep(0.05)

    def forge(self):
        body = json.dumps({"value": [{"clientState": "0" * 32, "changeType": "created"}]}).encode()
        context = ssl.create_default_context(cafile=str(self.lab.ca_file))
        wanted = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(wanted, timeout=10) as said:
            return said.status


def judge(trial):
    trial.start()
    trial.wait_for("a subscription", lambda: len(trial.subscriptions()) == 1)
    trial.wait_for("rest", lambda: trial.state() == "idle")
    asked = trial.service.control(do="requests")["requests"]
    if trial.forge() != 202:
        raise NodeError("a forged notification was not accepted like any other")
    begin = time.monotonic()
    for number in range(1, 4):
        trial.deliver(number)
        if trial.service.control(do="notify", user=USER)["statuses"] != [202]:
            raise NodeError("the notification was not accepted")
        trial.wait_for(f"mail {number}", lambda: trial.calls() == number)  # noqa: B023
    print(f"3 calls within {time.monotonic() - begin:.1f} s of their mails, with polls an hour apart; "
          f"{len(trial.service.control(do='requests')['requests']) - len(asked)} requests")
    log = trial.node.log.read_text()
    if any(one["clientState"] in log for one in trial.subscriptions()) or "0" * 32 in log:
        raise NodeError("a client state is in the log")
    trial.node.stop()
    if trial.subscriptions():
        raise NodeError("the node left a subscription behind")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="postroom-notify-", dir="/tmp") as name:
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
