"""A simulator in a process of its own, for Python programs; ends with them."""
import base64
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Running:
    def __init__(self, name, *arguments):
        self.process = subprocess.Popen([sys.executable, "-B", str(HERE / f"{name}.py"), *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        told = json.loads(self.process.stdout.readline())
        self.url, self.origin = told["url"], f"http://127.0.0.1:{told['port']}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def control(self, **wanted):
        request = urllib.request.Request(self.origin + "/_control", json.dumps(wanted).encode())
        with self.opener.open(request, timeout=60) as got:
            return json.load(got)

    def deliver(self, user, raw):
        """Line ends become CR LF, as they are in every mail."""
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.control(do="deliver", user=user, raw=base64.b64encode(raw).decode())

    def mails(self, user, folder="inbox"):
        return self.control(do="mails", user=user, folder=folder)["mails"]

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
