"""A certificate authority of the lab's own and one server certificate for localhost."""
import os
import subprocess

from errors import LabError

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*arguments):
    # OPENSSL_CONF: the system's openssl.cnf may add extensions or be missing.
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True,
                          env={**os.environ, "OPENSSL_CONF": "/dev/null"})
    if done.returncode != 0:
        raise LabError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def create(folder):
    folder.mkdir()
    ca, ca_key = str(folder / "ca.pem"), str(folder / "ca.key")
    key, request, cert = (str(folder / name) for name in ("server.key", "server.csr", "server.pem"))
    openssl("req", "-x509", *KEY, "-keyout", ca_key, "-out", ca, "-days", "30",
            "-subj", "/CN=Postroom mail lab CA", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *KEY, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    extensions = folder / "server.ext"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n"
                          "extendedKeyUsage=serverAuth\n"
                          "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-set_serial", "2",
            "-days", "30", "-extfile", str(extensions), "-out", cert)
    if os.geteuid() == 0:
        # The servers own it: they read the key, and remove everything when the lab's owner is gone.
        owner = folder.parent.stat()
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)
