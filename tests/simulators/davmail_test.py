#!/usr/bin/python3
"""DavMail, which reads real Exchange servers, reads a mailbox of the simulated one: lists, fetches, flags, moves, deletes.

exit 77: DavMail is not installed.
"""

import argparse
import base64
import imaplib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
# The official schemas are no part of this project: they are looked for beside the checkout.
PROTOCOLS = os.path.join(HERE, "../../../shared/protocols")
JAR = "/usr/share/davmail/davmail.jar"
USER, PASSWORD = "it@example.org", "secret"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Simulator:
    def __init__(self):
        words = [sys.executable, "-B", os.path.join(HERE, "ews.py")]
        if SCHEMAS:
            words += ["--schemas", SCHEMAS]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.told = json.loads(self.process.stdout.readline())
        self.url = self.told["url"]

    def control(self, **wanted):
        request = urllib.request.Request(f"http://127.0.0.1:{self.told['port']}/_control", json.dumps(wanted).encode())
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as got:
            return json.load(got)

    def deliver(self, subject, text="text"):
        raw = f"From: a@example.org\r\nTo: {USER}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n{text}\r\n"
        self.control(do="deliver", user=USER, raw=base64.b64encode(raw.encode()).decode())
        return raw

    def mails(self, folder="inbox"):
        return self.control(do="mails", user=USER, folder=folder)["mails"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class Davmail:
    """The gateway with a folder and ports of its own."""

    def __init__(self, url):
        self.folder = tempfile.mkdtemp(prefix="postroom-davmail-")
        self.port = free_port()
        settings = {"server": "true", "mode": "EWS", "url": url, "imapPort": self.port, "allowRemote": "false",
                    "bindAddress": "127.0.0.1", "disableUpdateCheck": "true", "enableProxy": "false",
                    "smtpPort": "", "popPort": "", "caldavPort": "", "ldapPort": "", "logFilePath": self.folder + "/davmail.log",
                    "imapAutoExpunge": "true", "enableKerberos": "false"}
        path = self.folder + "/davmail.properties"
        with open(path, "w", encoding="ascii") as f:
            f.write("".join(f"davmail.{name}={value}\n" for name, value in settings.items()))
            f.write("log4j.rootLogger=DEBUG\nlog4j.logger.davmail=DEBUG\n")
        self.process = subprocess.Popen(["/usr/bin/java", "-Djava.awt.headless=true", f"-Duser.home={self.folder}",
                                         "-jar", JAR, path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, cwd=self.folder)

    def connect(self):
        for _ in range(600):
            try:
                return imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError("DavMail did not start: " + self.log())

    def log(self):
        try:
            with open(self.folder + "/davmail.log", encoding="utf-8", errors="replace") as f:
                return f.read()[-20000:]
        except OSError:
            return ""

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


class TestDavmail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator()
        cls.simulator.control(do="password", user=USER, password=PASSWORD)
        cls.simulator.control(do="auth", methods=["Basic"])
        cls.gateway = Davmail(cls.simulator.url)

    @classmethod
    def tearDownClass(cls):
        if os.environ.get("POSTROOM_DAVMAIL_LOG"):
            print(cls.gateway.log())
        cls.gateway.stop()
        cls.simulator.stop()

    def setUp(self):
        self.imap = self.gateway.connect()
        self.imap.login(USER, PASSWORD)
        self.simulator.control(do="forget")

    def tearDown(self):
        for mail in self.simulator.mails():
            self.simulator.control(do="remove", user=USER, id=mail["id"])
        self.imap.shutdown()
        if SCHEMAS:
            said = self.simulator.control(do="schema")
            self.assertGreater(said["checked"], 0)
            self.assertEqual([v for v in said["violations"] if v.startswith("server")], [])

    def numbers(self):
        return self.imap.uid("SEARCH", None, "ALL")[1][0].split()

    def test_it_lists_and_fetches_what_was_delivered(self):
        sent = [self.simulator.deliver(f"mail {i}", "äöü\n" * i) for i in range(1, 4)]
        status, count = self.imap.select("INBOX")
        self.assertEqual((status, count), ("OK", [b"3"]))
        got = [self.imap.uid("FETCH", n, "(BODY.PEEK[])")[1][0][1].decode() for n in self.numbers()]
        self.assertEqual([g.replace("\r\n", "\n").strip() for g in got], [s.replace("\r\n", "\n").strip() for s in sent])
        self.assertFalse(any(m["seen"] for m in self.simulator.mails()))

    def test_it_marks_a_mail_as_read(self):
        self.simulator.deliver("flag")
        self.imap.select("INBOX")
        self.imap.uid("STORE", self.numbers()[0], "+FLAGS", r"(\Seen)")
        self.assertEqual([m["seen"] for m in self.simulator.mails()], [True])

    def test_it_moves_a_mail_into_a_folder_it_makes(self):
        self.simulator.deliver("move")
        self.imap.select("INBOX")
        self.assertEqual(self.imap.create("Handled")[0], "OK")
        self.assertEqual(self.imap.uid("MOVE", self.numbers()[0], "Handled")[0], "OK")
        self.assertEqual(self.simulator.mails(), [])
        self.assertEqual(len(self.simulator.mails("Handled")), 1)
        self.assertTrue(any(b"Handled" in line for line in self.imap.list()[1]))

    def test_it_deletes_a_mail(self):
        self.simulator.deliver("delete")
        self.simulator.deliver("keep")
        self.imap.select("INBOX")
        self.imap.uid("STORE", self.numbers()[0], "+FLAGS", r"(\Deleted)")
        self.imap.expunge()
        left = [base64.b64decode(m["raw"]) for m in self.simulator.mails()]
        self.assertEqual(len(left), 1)
        self.assertIn(b"Subject: keep", left[0])

    def test_it_signs_in_by_ntlm(self):
        self.imap.shutdown()
        self.simulator.control(do="auth", methods=["NTLM"])
        try:
            # Another case of the name: DavMail keeps sessions by name and would ask nothing.
            self.imap = self.gateway.connect()
            self.assertEqual(self.imap.login("IT@example.org", PASSWORD)[0], "OK")
            self.imap.shutdown()
            self.imap = self.gateway.connect()
            self.assertRaises(imaplib.IMAP4.error, self.imap.login, "It@example.org", "wrong")
        finally:
            self.simulator.control(do="auth", methods=["Basic"])

    def test_it_notices_a_new_mail(self):
        self.imap.select("INBOX")
        self.simulator.deliver("late")
        for _ in range(100):
            self.imap.noop()
            if len(self.numbers()) == 1:
                return
            time.sleep(0.1)
        self.fail("the new mail was never seen")


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--protocols", default=os.environ.get("POSTROOM_PROTOCOLS", PROTOCOLS))
    chosen, rest = options.parse_known_args()
    SCHEMAS = os.path.join(chosen.protocols, "ews/ews-schema-php-ews")
    if not os.path.isdir(SCHEMAS):
        SCHEMAS = ""
    if not os.path.exists(JAR):
        print("DavMail is not installed")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + rest)
