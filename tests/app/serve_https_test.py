#!/usr/bin/python3
"""`postroom serve` with admin_listen, as it stands in docs/operations.md.

usage: serve_https_test.py --binary POSTROOM
"""
import argparse
import contextlib
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "deploy/harness"), str(ROOT / "deploy/maillab")]

import certificates  # noqa: E402
from node import Node, free_port  # noqa: E402

BINARY = None
WAIT_SECONDS = 20
STATUS = "/postroom.admin.v1.StatusService/Get"


class ServeHttps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="postroom-https-")
        self.addCleanup(folder.cleanup)
        self.node = Node(BINARY, folder.name, "")
        self.port = free_port()
        self.files = Path(folder.name) / "tls"
        certificates.create(self.files)
        self.configure("127.0.0.1")

    def configure(self, host):
        self.node.config.write_text(
            f"data_dir: {self.node.data}\nmetrics_listen: 127.0.0.1:{self.node.metrics_port}\n"
            f"admin_listen: {host}:{self.port}\nadmin_tls:\n"
            f"  certificate_file: {self.files}/server.pem\n  key_file: {self.files}/server.key\n")

    def start(self):
        self.node.start()
        self.addCleanup(self.node.kill)
        self.node.wait_for_health()

    def ask(self, ca):
        context = ssl.create_default_context(cafile=str(ca))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS,
                                                 context=context)
        with contextlib.closing(connection):
            connection.request("POST", STATUS, "{}", {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer, json.loads(answer.read())

    def log_says(self, event):
        deadline = time.monotonic() + WAIT_SECONDS
        while event not in self.node.log.read_text(errors="replace"):
            self.assertLess(time.monotonic(), deadline, f"{event} is not in the log")
            time.sleep(0.02)

    def test_a_call_over_https_that_does_not_say_who_calls_is_refused(self):
        self.start()
        answer, body = self.ask(self.files / "ca.pem")
        self.assertEqual(answer.getheader("Postroom-Error"), "unauthenticated", body)
        self.assertIn("partitions", self.node.ask("status"))
        self.node.stop()

    def test_who_has_not_signed_in_is_told_before_the_body_has_come(self):
        self.start()
        context = ssl.create_default_context(cafile=str(self.files / "ca.pem"))
        with socket.create_connection(("127.0.0.1", self.port), WAIT_SECONDS) as plain, \
                context.wrap_socket(plain, server_hostname="127.0.0.1") as talk:
            talk.sendall(f"POST {STATUS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                         "Content-Length: 1000000\r\n\r\n".encode())
            self.assertIn(b" 401 ", talk.recv(1000))
        self.node.stop()

    def test_sighup_brings_new_certificates_and_a_wrong_one_changes_nothing(self):
        self.start()
        old_ca = (self.files / "ca.pem").rename(self.files.parent / "old-ca.pem")
        for left in self.files.iterdir():
            left.unlink()
        self.files.rmdir()
        certificates.create(self.files)
        self.ask(old_ca)
        self.node.process.send_signal(signal.SIGHUP)
        self.log_says("certificates_reloaded")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.ask(old_ca)
        (self.files / "server.key").write_text("nothing")
        self.node.process.send_signal(signal.SIGHUP)
        self.log_says("certificates_refused")
        self.log_says("admin_tls.key_file")
        self.ask(self.files / "ca.pem")
        self.node.stop()

    def refused_start(self):
        done = subprocess.run([BINARY, "serve", "--config", self.node.config], check=False,
                              capture_output=True, text=True, timeout=WAIT_SECONDS)
        return done.returncode, done.stderr

    def test_an_address_beyond_loopback_is_refused_before_anything_starts(self):
        self.configure("0.0.0.0")
        code, words = self.refused_start()
        self.assertEqual(code, 2, words)
        self.assertIn("admin_listen_beyond_loopback", words)

    def test_a_missing_certificate_ends_the_start_by_its_name(self):
        (self.files / "server.pem").unlink()
        code, words = self.refused_start()
        self.assertEqual(code, 2, words)
        self.assertIn("admin_tls.certificate_file", words)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--binary", required=True)
    given, rest = options.parse_known_args()
    BINARY = given.binary
    unittest.main(argv=[sys.argv[0], *rest])
