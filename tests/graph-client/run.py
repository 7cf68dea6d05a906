#!/usr/bin/python3
"""Starts the Graph simulator and runs client.test.mjs against it.

usage: run.py --work FOLDER    FOLDER keeps the npm packages for the next run
"""
import argparse
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIMULATOR = HERE.parent / "simulators/graph.py"
PROTOCOLS = Path(os.environ.get("POSTROOM_PROTOCOLS") or HERE.parent.parent.parent / "shared/protocols")
OPENAPI = PROTOCOLS / "graph/graph-subset/graph-mail-v1.0.openapi.yaml"
COPIED = ("package.json", "package-lock.json", ".npmrc", "client.test.mjs")


def need(program, package):
    if not shutil.which(program):
        sys.exit(f"{program} is missing: install Debian's package {package} "
                 "(deploy/install-packages --tests does)")


def prepare(work):
    work.mkdir(parents=True, exist_ok=True)
    stamp = work / "installed-lock.json"
    for name in COPIED:
        shutil.copy(HERE / name, work / name)
    lock = (work / "package-lock.json").read_text()
    if not stamp.exists() or stamp.read_text() != lock:
        subprocess.run(["npm", "ci", "--no-progress"], cwd=work, check=True)
        stamp.write_text(lock)


def make_certificate(folder):
    """The client speaks to nobody without TLS."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
    return folder / "cert.pem", folder / "key.pem"


def violations(url, certificate):
    """What of the exchanges is not as Microsoft describes it; nothing where the description is absent."""
    trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificate))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), trust)
    with opener.open(url.removesuffix("/v1.0") + "/_control", b'{"do": "violations"}', timeout=30) as answer:
        said = json.load(answer)
    print(f"{said['checked']} exchanges compared with the description, {len(said['violations'])} violations")
    return said["violations"]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", required=True, type=Path)
    given = options.parse_args()
    need("node", "nodejs")
    need("npm", "npm")
    prepare(given.work)
    words = ["/usr/bin/python3", "-B", SIMULATOR]
    if OPENAPI.exists():
        words += ["--openapi", OPENAPI]
    with tempfile.TemporaryDirectory(prefix="postroom-graph-") as folder:
        certificate, key = make_certificate(Path(folder))
        # The simulator ends when its input does, so also when this program is killed.
        simulator = subprocess.Popen([*words, "--tls", certificate, key], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
        try:
            url = json.loads(simulator.stdout.readline())["url"]
            tests = subprocess.run(
                ["node", "--test", "client.test.mjs"], cwd=given.work, check=False,
                env={**os.environ, "POSTROOM_GRAPH": url, "NODE_EXTRA_CA_CERTS": str(certificate)})
            wrong = violations(url, certificate)
            print(*wrong, sep="\n")
        finally:
            simulator.stdin.close()
            simulator.wait(timeout=30)
    sys.exit(tests.returncode or bool(wrong))


main()
