"""What the lines of docs/api.md find: a node with HTTPS, calls, dead letters, a quarantine, files of the names they use."""
import contextlib
import http.client
import json
import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(SOURCE / "deploy/maillab")]

import certificates  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, fill_in, free_port  # noqa: E402
from token_stub import TokenStub  # noqa: E402

MAILS = SOURCE / "deploy/demo/mails"
LINE_SECONDS = 60
WAIT_SECONDS = 30
EACH = 4  # dead letters, and mails in the quarantine: one for each line that settles one
LIMIT = 20_000  # bytes of a mail that the mailbox takes at first

FILES = {
    "it-weekend.yaml": "name: it-weekend\nprotocol: IMAP\nhost: imap.example.org\nlogin: weekend\n"
                       "password: env:WEEKEND\ncall_template: Mail to IT\nactive: false\n"
                       "default_logging_analyst: tom.ward@example.org\n",
    "it-spare.yaml": "name: it-spare\nprotocol: SMTP\nhost: smtp.example.org\nlogin: it\nactive: false\n"
                     "password: env:SPARE\nfrom: it@example.org\n",
    "workshop.yaml": "id: WORKSHOP\nname: Workshop\nimpacts: [One]\nurgencies: [Soon]\n"
                     "priorities: [Normal]\nmatrix:\n  - {impact: One, priority: {Soon: Normal}}\n",
}
# What curl adds for the test alone: the status.
CURLRC = 'silent\nwrite-out = "%{stderr}%{http_code}"\n'


@dataclass
class Done:
    exit: int
    out: str
    said: str    # on standard error
    status: str  # of HTTP; blank: it was no curl line


def with_file(mail):
    """The mail with one attachment more."""
    part = (b"--alt-2\nContent-Type: image/png\nContent-Disposition: attachment; filename=phone.png\n"
            b"Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n")
    return mail.replace(b"--alt-2--", part + b"--alt-2--")


class Site:
    def __init__(self, binary, folder):
        self.folder = folder
        folder.chmod(0o755)  # the mail system's servers run as somebody else
        self.lab = MailLab(folder / "lab")
        self.node = Node(binary, folder / "node", self.lab.password)
        self.desk = folder / "desk"  # where the reader sits
        self.password, self.new_password = (secrets.token_hex(8) for _ in range(2))
        self.port = free_port()
        self.tokens = TokenStub()
        self.session = "none"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("POSTROOM")},
            "PATH": f"{self.desk}:{os.environ['PATH']}", "CURL_HOME": str(self.desk),
            "HOME": str(self.desk), "POSTROOM_PROFILES": str(self.desk / "profiles.yaml"),
            "POSTROOM_SOCKET": str(self.node.socket), "PASSWORD": self.password,
            "NEW_PASSWORD": self.new_password,
            "POSTROOM": f"https://localhost:{self.port}/postroom.admin.v1"}

    def start(self):
        self.lay_out_desk()
        self.configure()
        self.node.start()
        self.node.wait_for_health()
        applied = [f"-f {name}.yaml" for name in ("general", "it", "support", "hr")]
        self.must("postroom apply " + " ".join(applied))
        self.must(f"postroom profiles add york --url https://localhost:{self.port} --ca-file ca.pem")
        self.deliver()
        self.wait_for_mails()

    def end(self):
        self.node.kill()
        self.lab.end()

    def lay_out_desk(self):
        certificates.create(self.folder / "tls")
        self.desk.mkdir(mode=0o700)
        (self.desk / "postroom").symlink_to(self.node.binary)
        (self.desk / "admin.sock").symlink_to(self.node.socket)
        (self.desk / "ca.pem").symlink_to(self.folder / "tls/ca.pem")
        (self.desk / "mail.eml").write_bytes((MAILS / "it-1-analyst.eml").read_bytes())
        for example in (SOURCE / "deploy/examples").glob("*.yaml"):
            text = fill_in(example.read_text(), self.node.values(self.lab))
            text = re.sub(r"max_mail_size: \S+", f"max_mail_size: {LIMIT}B", text)
            if example.name == "it.yaml":
                text += self.tokens.client()
            (self.desk / example.name).write_text(text)
        for name, text in FILES.items():
            (self.desk / name).write_text(text)
        self.keep(".curlrc", CURLRC)
        for name in ("ann.password", "cleo.password", "smtp.password"):
            self.keep(name, self.password)
        self.keep("new.password", self.new_password)

    def keep(self, name, text):
        """A file that only its owner may read."""
        path = self.desk / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")

    def configure(self):
        self.keep("secrets.key", secrets.token_hex(32))
        self.node.config.write_text(
            f"data_dir: {self.node.data}\nmetrics_listen: 127.0.0.1:{self.node.metrics_port}\n"
            f"secrets_key: file:{self.desk}/secrets.key\nadmin_listen: 127.0.0.1:{self.port}\n"
            f"admin_tls:\n  certificate_file: {self.folder}/tls/server.pem\n"
            f"  key_file: {self.folder}/tls/server.key\n")

    def deliver(self):
        """The first becomes IT-000001; the large ones go to the quarantine; the last cannot be answered."""
        self.lab.deliver("it", with_file((MAILS / "it-2-user.eml").read_bytes()))
        self.wait_for(1, "calls", "calls", "--partition", "IT")  # mails of one poll may change places
        self.lab.deliver("it", (MAILS / "it-1-analyst.eml").read_bytes())
        for i in range(EACH):
            head = (f"From: rosa.lind@example.org\nTo: it@example.org\nSubject: film {i}\n"
                    f"Message-ID: <film-{i}@example.org>\n\n")
            self.lab.deliver("it", (head + f"scene {i}\n" * (LIMIT // 5)).encode())
            self.lab.deliver("support", f"From: unknown.{i}@example.net\nTo: support@example.org\n"
                             f"Subject: no way back\nMessage-ID: <lost-{i}@example.net>\n\nx\n".encode())

    def wait_for_mails(self):
        self.wait_for(2, "calls", "calls", "--partition", "IT")
        self.wait_for(EACH, "items", "quarantine")
        self.wait_for_dead_letters()

    def wait_for_dead_letters(self):
        """Also of one that was tried again: while it is being sent nobody can change it."""
        self.wait_for(EACH, "items", "outbox", "--dead")

    def wait_for(self, count, field, *words):
        deadline = time.monotonic() + WAIT_SECONDS
        while (found := len(self.node.ask(*words).get(field, []))) != count:
            if time.monotonic() > deadline:
                raise NodeError(f"postroom {' '.join(words)} lists {found}, not {count}; "
                                f"{self.node.last_words()}")
            time.sleep(0.1)

    def shell(self, line, variables):
        done = subprocess.run(["/bin/bash", "-c", line], cwd=self.desk, timeout=LINE_SECONDS,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**self.environment, **variables}, check=False)
        status = done.stderr.strip() if line.startswith("curl") else ""
        return Done(done.returncode, done.stdout, done.stderr + done.stdout, status)

    def ask(self, method, body):
        """(name of the error, answer)"""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.session}"}
        trusted = ssl.create_default_context(cafile=str(self.desk / "ca.pem"))
        with contextlib.closing(http.client.HTTPSConnection(
                "localhost", self.port, timeout=LINE_SECONDS, context=trusted)) as connection:
            connection.request("POST", f"/postroom.admin.v1.{method}", body, headers)
            answer = connection.getresponse()
            return answer.getheader("Postroom-Error"), json.loads(answer.read())

    def must(self, line):
        done = self.shell(line, {})
        if done.exit != 0:
            raise NodeError(f"{line}: {done.said}")
        return done.out

    def use_session(self, session):
        self.session = session
        self.keep("postroom.curl", f'cacert = "ca.pem"\nheader = "Authorization: Bearer {session}"\n'
                                   "silent\nshow-error")

    def empty_again(self):
        """A node is set up once, and both lines are to do it."""
        self.node.stop()
        shutil.rmtree(self.node.data / "units/access")
        self.node.start()
        self.node.wait_for_health()
        self.keep("setup-token", self.must("postroom access setup-token").strip())

    def take_larger_mails(self):
        self.must("postroom servers update it-inbox --set max_mail_size=64MiB")

    def sign_in_anew(self):
        self.must("postroom sign-in ann --profile york --password-file new.password")
