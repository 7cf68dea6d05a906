"""The mailbox whose mails are counted after the crashes: on the real mail system, or a simulated service."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "simulators"), str(HERE.parent.parent / "deploy")]

from harness.node import fill_in  # noqa: E402
from running import Running  # noqa: E402

LOGIN = "crash"
USER = "crash@example.org"


class LabMailbox:
    """IMAP or POP3 on the lab's Dovecot."""

    def __init__(self, lab, protocol, login=LOGIN):
        self.lab, self.protocol, self.login = lab, protocol, login

    def settings(self):
        """What stands below the incoming server, and the OAuth clients of the partition."""
        port = self.lab.ports["pop3s" if self.protocol == "POP3" else "imaps"]
        return (f"host: localhost\n    port: {port}\n    ca_file: {self.lab.ca_file}\n"
                f"    login: {self.login}\n    password: env:DEMO_PASSWORD"), ""

    def deliver(self, raw):
        self.lab.deliver(self.login, raw)

    def counts(self):
        """Mails in the INBOX, those of them that are seen, and mails in the folder Handled."""
        seen = sum("S" in file.name.rpartition(":2,")[2] for file in self.lab.files(self.login)[1])
        return self.lab.count(self.login), seen, self.lab.count(self.login, "Handled")

    def end(self):
        pass


class SimulatedMailbox:
    """Microsoft Graph with a token of the service's own, or EWS with a password."""

    def __init__(self, lab, protocol):
        self.protocol = protocol
        self.service = Running("graph" if protocol == "GRAPH" else "ews")
        self.service.control(do="password", user=USER, password=lab.password)

    def settings(self):
        if self.protocol == "EWS":
            return f"url: {self.service.url}\n    login: {USER}\n    password: env:DEMO_PASSWORD", ""
        client = ("oauth_clients:\n  - name: app\n    provider: other\n    client_id: postroom\n"
                  "    client_secret: env:DEMO_PASSWORD\n    scopes: [mail]\n"
                  f"    token_url: {self.service.origin}/_token\n")
        return f"oauth: app\n    url: {self.service.url}\n    user: {USER}", client

    def deliver(self, raw):
        self.service.deliver(USER, raw)

    def counts(self):
        inbox, handled = self.service.mails(USER), self.service.mails(USER, "handled")
        return len(inbox), sum(mail["seen"] for mail in inbox), len(handled)

    def end(self):
        self.service.end()


def partition_text(values, mailbox, after_commit="leave"):
    """partition.yaml with this mailbox; `values` as Node.values gives them."""
    place, clients = mailbox.settings()
    text = (HERE / "partition.yaml").read_text()
    return fill_in(text, {**values, "PROTOCOL": mailbox.protocol, "AFTER_COMMIT": after_commit, "PLACE": place,
                          "CLIENTS": clients})


def mailbox_of(lab, protocol):
    return (LabMailbox if protocol in ("IMAP", "POP3") else SimulatedMailbox)(lab, protocol)
