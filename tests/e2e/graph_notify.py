#!/usr/bin/python3
"""A whole node that polls its Graph mailbox once an hour takes a mail at once, because the service notifies it over HTTPS.

Real binary; the service is simulated, and posts as Microsoft Graph does. Forged notifications change nothing, and an
orderly stop leaves no subscription behind.
"""
import json
import ssl
import time
import urllib.request

from trial import run

from graph_trial import GraphTrial
from harness.node import NodeError, free_port

WAIT_SECONDS = 30  # the next poll is an hour away
USER = "it@example.org"
LISTENER = """admin_listen: 127.0.0.1:%d
admin_tls: {certificate_file: %s/server.pem, key_file: %s/server.key}
notification_url: %s
"""


class Notified(GraphTrial):
    def __init__(self, binary, folder):
        super().__init__(binary, folder)
        self.port = free_port()
        self.url = f"https://localhost:{self.port}/graph/notifications"

    def start_notified(self):
        self.service.control(do="trust", ca=str(self.lab.ca_file))
        tls = self.lab.folder / "tls"
        self.start([USER], "change_notifications: true, poll_interval: 1h", LISTENER % (self.port, tls, tls, self.url))
        self.wait("a subscription", lambda: len(self.subscriptions()) == 1, WAIT_SECONDS)
        self.wait("rest", lambda: self.mailbox_state() == "idle", WAIT_SECONDS)

    def subscriptions(self):
        return self.service.control(do="subscriptions", user=USER)["subscriptions"]

    def forge(self):
        body = json.dumps({"value": [{"clientState": "0" * 32, "changeType": "created"}]}).encode()
        context = ssl.create_default_context(cafile=str(self.lab.ca_file))
        wanted = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(wanted, timeout=10) as said:
            return said.status


def play(trial):
    trial.start_notified()
    asked = trial.requests()
    if trial.forge() != 202:
        raise NodeError("a forged notification was not accepted like any other")
    begin = time.monotonic()
    for _ in range(3):
        trial.deliver(USER)
        if trial.service.control(do="notify", user=USER)["statuses"] != [202]:
            raise NodeError("the notification was not accepted")
        trial.wait(f"mail {trial.mails}", lambda: trial.calls() == trial.mails, WAIT_SECONDS)
    print(f"3 calls within {time.monotonic() - begin:.1f} s of their mails, with polls an hour apart; "
          f"{len(trial.requests()) - len(asked)} requests")
    log = trial.node.log.read_text()
    if any(one["clientState"] in log for one in trial.subscriptions()) or "0" * 32 in log:
        raise NodeError("a client state is in the log")
    trial.node.stop()
    if trial.subscriptions():
        raise NodeError("the node left a subscription behind")


if __name__ == "__main__":
    run(__doc__, Notified, play)
