"""A node whose mailboxes are those of a simulated Microsoft Graph, and share one OAuth client of its."""
from trial import SOURCE, Trial

from harness.metrics import total
from harness.node import fill_in
from running import Running

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
SERVER = """  - {name: %s, protocol: GRAPH, oauth: app, url: "%s", user: %s, call_template: Mail,
     default_logging_analyst: desk@example.org, start_from: all, %s}
"""


class GraphTrial(Trial):
    def __init__(self, binary, folder):
        super().__init__(binary, folder)
        self.service = Running("graph")
        self.mails = 0

    def start(self, users, settings, more=""):
        """Each of `users` has an incoming server with these settings; `more` is for node.yaml."""
        servers = ""
        for user in users:
            self.service.control(do="token", token=f"makes {user}", user=user, seconds=0)
            servers += SERVER % (user.partition("@")[0], self.service.url, user, settings)
        values = {**self.node.values(self.lab), "TOKENS": self.service.origin + "/_token"}
        (self.node.partitions / "it.yaml").write_text(fill_in(PARTITION, values) + servers)
        self.node.config.write_text(fill_in((SOURCE / "tests/fault/node.yaml").read_text(), values) + more)
        self.start_node()

    def deliver(self, user):
        self.mails += 1
        self.service.deliver(user, (f"From: ann@example.org\nSubject: mail {self.mails}\n"
                                    f"Message-ID: <{self.mails}@example.org>\n\nText\n").encode())

    def calls(self):
        return total(self.node.get("/metrics"), "postroom_mails_total", partition="IT", outcome="logged")

    def requests(self):
        return self.service.control(do="requests")["requests"]

    def end(self):
        super().end()
        self.service.end()
