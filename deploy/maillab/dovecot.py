"""Dovecot with a configuration of its own, run by an ordinary account."""
import os
import random
import resource
import shutil
import socket
import subprocess
import time

from errors import LabError

OWN_PORTS = ("imap", "imaps", "pop3", "pop3s", "lmtp")
TRIES = 5
START_SECONDS = 10.0

TEMPLATE = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
instance_name = {folder}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 1000
default_client_limit = 4000
shutdown_clients = yes

ssl = yes
ssl_cert = <{folder}/tls/server.pem
ssl_key = <{folder}/tls/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5{token_mechanisms}
auth_username_format = %Ln
auth_failure_delay = {failure_delay} secs
{token_passdb}passdb {{
{passdb}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n {any_user}
}}

first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 10000
mailbox_idle_check_interval = {idle_check} secs
recipient_delimiter = +
namespace inbox {{
  inbox = yes
}}
protocol lmtp {{
  postmaster_address = postmaster@localhost
  hostname = localhost
}}
protocol imap {{
  imap_hibernate_timeout = 0
}}

service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service lmtp {{
  user = {user}
  process_min_avail = 1
  service_count = 0
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service imap {{
  service_count = 200
}}
service pop3 {{
  service_count = 200
}}
service auth {{
  client_limit = 8000
}}
service auth-worker {{
  user = {user}
}}
service anvil {{
  chroot =
  client_limit = 8000
  # A listener of mode 0 is not made; without it failed logins are not slowed down.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
  client_limit = 8000
}}
"""

# Asked again for each sign-in, so that a token that was withdrawn is refused at once.
TOKENS = """\
introspection_mode = post
introspection_url = {introspection}
username_attribute = username
username_format = %Lu
active_attribute = active
active_value = true
"""
TOKEN_PASSDB = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {path}
}}
"""

# Scripts may answer every mail: whether somebody else ends a loop must not depend on the pauses here.
SIEVE = """
submission_host = {sieve_submission}
protocol lmtp {{
  mail_plugins = sieve
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_extensions = +vacation-seconds
  sieve_vacation_min_period = 0
}}
"""


def program():
    found = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise LabError("Dovecot is not installed; run deploy/install-packages")
    return found


def choose_ports(given):
    """The ports asked for; the others are free now, below the range the kernel hands out."""
    ports = {}
    for name in OWN_PORTS:
        port = given[name]
        while not port:
            candidate = random.SystemRandom().randrange(20000, 32000)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", candidate))
                except OSError:
                    continue
            port = candidate if candidate not in ports.values() else 0
        ports[name] = port
    return ports


def passdb(folder, settings):
    """Any name with the lab's password, or a file with the users that were named."""
    if settings["users"] == ["*"]:
        return f"  driver = static\n  args = password={settings['password']}"
    users = folder / "users"
    users.write_text("".join(f"{user}:{{PLAIN}}{settings['password']}\n"
                             for user in settings["users"]))
    return f"  driver = passwd-file\n  args = username_format=%n {users}"


def token_passdb(folder, settings):
    if not settings.get("introspection"):
        return ""
    path = folder / "oauth2.conf"
    path.write_text(TOKENS.format(**settings))
    return TOKEN_PASSDB.format(path=path)


def userdb(settings):
    """LMTP asks here: with named users a mail to anyone else is refused."""
    return "allow_all_users=yes" if settings["users"] == ["*"] else ""


def write_configuration(folder, settings, ports, account):
    user, uid, gid, group = account
    text = TEMPLATE.format(
        folder=folder, user=user, uid=uid, gid=gid, group=group, passdb=passdb(folder, settings),
        failure_delay=settings["auth_failure_delay"], idle_check=settings["idle_check"],
        any_user=userdb(settings), token_passdb=token_passdb(folder, settings),
        token_mechanisms=" xoauth2 oauthbearer" if settings.get("introspection") else "", **ports)
    if settings.get("sieve_submission"):
        text += SIEVE.format(**settings)
    path = folder / "dovecot.conf"
    path.write_text(text)
    return path


def raise_file_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def start(folder, settings, account, subprocess_account):
    """Starts Dovecot; another lab may take a free port first, hence the tries."""
    for _ in range(TRIES):
        ports = choose_ports(settings["ports"])
        configuration = write_configuration(folder, settings, ports, account)
        with open(folder / "log" / "dovecot.start", "w+b") as output:
            server = subprocess.Popen([program(), "-F", "-c", str(configuration)],
                                      stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                      start_new_session=True, cwd="/",
                                      preexec_fn=raise_file_limit, **subprocess_account)
        if listening(server, ports["lmtp"]):
            return server.pid, ports
        complaint = "".join(path.read_text(errors="replace") for path in
                            sorted((folder / "log").glob("dovecot.*")))
        if "Address already in use" not in complaint:
            break
    raise LabError(f"Dovecot did not start: {complaint.strip()}")


def listening(server, port):
    """Waits for the first port; False when the server ended instead (a port was taken)."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return server.poll() is None
        except OSError:
            time.sleep(0.01)
    if server.poll() is None:
        server.kill()
        server.wait()
    return False
