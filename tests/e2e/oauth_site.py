"""A node whose servers all sign in by OAuth 2.0: a real provider (npm oidc-provider), a real Dovecot that asks it about each token."""
import imaplib
import secrets
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(SOURCE / "deploy"), str(SOURCE / "tests/oidc")]

from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, free_port  # noqa: E402
from oidc import Browser, Provider  # noqa: E402

WAIT_SECONDS = 60
SHARED = 20  # mailboxes of one client

NODE = """\
data_dir: {data}
metrics_listen: 127.0.0.1:{metrics}
secrets_key: file:{key}
admin_listen: 127.0.0.1:{https}
admin_tls: {{certificate_file: {tls}/server.pem, key_file: {tls}/server.key}}
log: {{level: debug}}
"""
PARTITION = (SOURCE / "tests/fault/partition.yaml").read_text().split("incoming:")[0]
TEXTS = """\
texts:
  acknowledgement:
    text: "{{user}}, this is {{call}}."
answer_limits: {per_sender: 100000, per_domain: 100000, partition: 100000, flood_after: 0}
"""
CLIENTS = """\
oauth_clients:
  - {{name: app, provider: other, token_url: {origin}/token, client_id: app, client_secret: secret:app, scopes: [mail]}}
  - {{name: bad, provider: other, token_url: {origin}/token, client_id: app, client_secret: secret:bad, scopes: [mail]}}
  - {{name: cert, provider: other, token_url: {origin}/token, client_id: cert, certificate_file: {certificate},
     certificate_key: "file:{key}", scopes: [mail]}}
  - {{name: web, grant: authorization_code, provider: other, token_url: {origin}/token, authorization_url: {origin}/auth,
     client_id: web, client_secret: secret:web, scopes: [openid, offline_access, mail], callback_url: "{callback}"}}
  - {{name: desk, grant: authorization_code, provider: other, token_url: {origin}/token, authorization_url: {origin}/auth,
     client_id: desk, scopes: [openid, offline_access, mail]}}
  - {{name: tv, grant: device_code, provider: other, token_url: {origin}/token, device_url: {origin}/device/auth,
     client_id: tv, scopes: [openid, offline_access, mail]}}
"""
SERVER = """\
  - {{name: {name}, protocol: {protocol}, host: localhost, port: {port}, ca_file: {ca}, login: {login}, oauth: {client},
     call_template: Mail, default_logging_analyst: desk@example.org, start_from: all, poll_interval: 1s{more}}}
"""


class Site:
    def __init__(self, binary, folder, work):
        self.folder = folder
        self.https = free_port()
        self.callback = f"https://localhost:{self.https}/oauth/callback"
        self.certificate, self.key = folder / "client.pem", folder / "client.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10",
                        "-subj", "/CN=postroom", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.key.chmod(0o600)
        self.provider = Provider(work, self.certificate, self.callback)
        self.lab = MailLab(folder / "lab", "--introspection", self.provider.introspection)
        self.node = Node(binary, folder / "node", self.lab.password)
        self.mails = 0
        self.write_configuration()

    def server(self, name, login, client, protocol="IMAP", more=""):
        port = self.lab.ports["pop3s" if protocol == "POP3" else "imaps"]
        return SERVER.format(name=name, protocol=protocol, port=port, ca=self.lab.ca_file,
                             login=login, client=client, more=more)

    def write_configuration(self):
        key = self.folder / "secrets.key"
        key.write_text(secrets.token_hex(32) + "\n")
        key.chmod(0o600)
        self.node.config.write_text(NODE.format(
            data=self.node.data, metrics=self.node.metrics_port, key=key, https=self.https,
            tls=self.lab.folder / "tls"))
        servers = [self.server(f"app-{i}", "app", "app", more=f", mailbox: {self.folder_name(i)}")
                   for i in range(SHARED)]
        servers += [
            self.server("bad", "bad", "bad"), self.server("cert", "cert", "cert"),
            self.server("web", "it", "web"),
            self.server("desk", "pia", "desk", "POP3", ", auth_methods: [XOAUTH2]"),
            self.server("tv", "tv", "tv", more=", auth_methods: [OAUTHBEARER]")]
        outgoing = (f"outgoing:\n  - {{name: out, protocol: SMTP, host: localhost, security: STARTTLS, "
                    f"port: {self.lab.ports['smtp_starttls']}, ca_file: {self.lab.ca_file}, "
                    f"login: it, oauth: web, from: it@example.org}}\n")
        self.partition = self.node.partitions / "it.yaml"
        self.partition.write_text(
            PARTITION + CLIENTS.format(origin=self.provider.origin, callback=self.callback,
                                       certificate=self.certificate, key=self.key)
            + "incoming:\n" + "".join(servers) + outgoing + TEXTS)

    @staticmethod
    def folder_name(i):
        return "INBOX" if i == 0 else f"Team{i}"

    def fill_folders(self):
        """One mail in each folder of the shared mailbox."""
        box = imaplib.IMAP4("127.0.0.1", self.lab.ports["imap"])
        box.login("app", self.lab.password)
        for i in range(SHARED):
            if i:
                box.create(self.folder_name(i))
            box.append(self.folder_name(i), None, None, self.next_mail())
        box.logout()

    def next_mail(self):
        self.mails += 1
        return (f"From: a@example.org\r\nTo: it@example.org\r\nSubject: m{self.mails}\r\n"
                f"Message-ID: <m{self.mails}@example.org>\r\n\r\nhello\r\n").encode()

    def deliver(self, user):
        self.lab.deliver(user, self.next_mail())

    def start(self, **environment):
        self.node.start(**environment)
        self.node.wait_for_health()

    def run(self, *words, value=None, good=True):
        done = subprocess.run([self.node.binary, *words, "--socket", str(self.node.socket)],
                              input=value, capture_output=True, text=True, timeout=60)
        if good and done.returncode != 0:
            raise NodeError(f"postroom {' '.join(words)}: {done.stdout}{done.stderr}")
        return done

    def wait(self, what, condition, seconds=WAIT_SECONDS):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise NodeError(f"{what}: not within {seconds} s; {self.node.last_words()}")
            time.sleep(0.1)

    def calls(self):
        return self.node.ask("calls", "--limit", "1000")["calls"]

    def wait_for_calls(self):
        """Every mail is one call, and none is two."""
        self.wait(f"{self.mails} calls", lambda: len(self.calls()) >= self.mails)
        subjects = sorted(int(c["subject"][1:]) for c in self.calls())
        if subjects != list(range(1, self.mails + 1)):
            raise NodeError(f"mails were lost or doubled: {subjects}")

    def restart_lab(self):
        """Ends all connections."""
        self.lab.command("stop")
        self.lab.connection = None
        self.lab.command("resume")

    def mailbox(self, name):
        for part in self.node.ask("status")["partitions"]:
            for box in part["mailboxes"]:
                if box["name"] == name:
                    return box
        return {"state": "none", "last_error": ""}

    def client(self, name):
        return next(c for c in self.node.ask("oauth", "list", "CRASH")["clients"]
                    if c["name"] == name)

    def browser(self, account):
        self.provider.control(account=account)
        return Browser(self.provider)

    def begin(self, name):
        return self.node.ask("oauth", "authorize", f"CRASH/{name}", "--no-wait")

    def open_page(self, url):
        """(status, text) of a page of the node, as a browser gets it."""
        context = ssl.create_default_context(cafile=self.lab.ca_file)
        try:
            with urllib.request.urlopen(url, timeout=30, context=context) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def authorize_web(self):
        """With the browser that comes back; gives the address it came back with."""
        where = self.browser("it").authorize(self.begin("web")["url"])
        status, page = self.open_page(where)
        if status != 200 or "is authorised" not in page:
            raise NodeError(f"the callback answered {status}: {page}")
        return where

    def end(self):
        self.node.kill()
        self.lab.end()
        self.provider.end()
