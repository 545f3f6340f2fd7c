#!/usr/bin/env python3
"""The daemon against other people's code: Python's standardwebhooks as sender and as receiver, Twilio's own signature, Dovecot.

    apt-get install dovecot-imapd        # 2.3; without it that part is reported as NOT CHECKED and the exit status is 2
    python3 -m venv .venv && .venv/bin/pip install standardwebhooks twilio
    .venv/bin/python tests/real/run.py --amends target/debug/amends

It starts the program with its own configuration and database in a temporary folder, talks to it over loopback alone, and prints one
line a check. Exit 0: all held. 1: one did not. 2: a part could not be checked.
"""

import argparse
import datetime
import email.message
import email.utils
import getpass
import http.server
import imaplib
import json
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from twilio.request_validator import RequestValidator

INBOUND = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DESK = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
TWILIO = "12345"
PASSWORD = "a-guest-book"
COLD = "The shower stayed cold for three days and nobody helped"
PATIENCE = 20

failed = []


def check(name, held, seen=""):
    print(f"{'ok    ' if held else 'FAILED'}  {name}{'' if held else f': {seen}'}", flush=True)
    if not held:
        failed.append(name)


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Desk(http.server.BaseHTTPRequestHandler):
    """Receives alerts and holds their signatures against the library's opinion."""

    alerts = queue.Queue()
    forged = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            Desk.alerts.put(Webhook(DESK).verify(body, dict(self.headers)))
            self.send_response(204)
        except WebhookVerificationError as error:
            Desk.forged.append(str(error))
            self.send_response(401)
        self.end_headers()

    def log_message(self, *_):
        pass


def next_alert(event, within=PATIENCE):
    """The next alert of that kind; others on the way are passed over."""
    until = time.monotonic() + within
    while (left := until - time.monotonic()) > 0:
        try:
            alert = Desk.alerts.get(timeout=left)
        except queue.Empty:
            break
        if alert["type"] == event:
            return alert
    return None


def post(url, body, headers):
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def standard_webhooks(url):
    def send(number, body, at=None, secret=INBOUND):
        at, name = at or datetime.datetime.now(datetime.timezone.utc), f"msg_{number}"
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, at, body),
            "content-type": "application/json",
        }
        return post(url, body.encode(), headers)

    review = json.dumps({"reviews": [{"id": "r1", "author": "Ada Ångström", "rating": 1, "text": COLD}]})
    check("standardwebhooks: what it signs is taken in", (status := send(1, review)) in (200, 202, 204), status)
    alert = next_alert("review.negative.created")
    check("standardwebhooks: it verifies our alert", alert is not None and not Desk.forged, Desk.forged)
    check("standardwebhooks: the alert quotes the guest", COLD in json.dumps(alert), alert)
    check("standardwebhooks: the same delivery again is taken well", (status := send(1, review)) in (200, 202, 204), status)
    check("standardwebhooks: and told to nobody", next_alert("review.negative.created", within=2) is None)
    check("standardwebhooks: another secret is refused", (status := send(2, review, secret=DESK)) in (401, 403), status)
    old = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
    check("standardwebhooks: what is ten minutes old is refused", (status := send(3, review, at=old)) in (400, 401, 403), status)
    check("standardwebhooks: rubbish that is signed well is refused", (status := send(4, "{")) in (400, 422), status)


def twilio(url):
    def send(fields, token=TWILIO):
        signature = RequestValidator(token).compute_signature(url, fields)
        body = urllib.parse.urlencode(fields).encode()
        kind = "application/x-www-form-urlencoded"
        return post(url, body, {"x-twilio-signature": signature, "content-type": kind})

    fields = {"MessageSid": "SM1", "From": "+436601234567", "To": "+431234567", "Body": "Dirty room & rude staff – terrible!"}
    check("twilio: what its library signs is taken in", (status := send(fields)) in (200, 204), status)
    alert = next_alert("review.negative.created")
    check("twilio: it opens a case", alert is not None and alert["data"].get("case"), alert)
    check("twilio: what was said in private is not quoted", "rude staff" not in json.dumps(alert))
    check("twilio: another token is refused", (status := send({**fields, "MessageSid": "SM2"}, "54321")) in (401, 403), status)


class Dovecot:
    """A Dovecot of its own, with one inbox, on loopback and without TLS."""

    def __init__(self, folder):
        self.folder, self.port = folder / "dovecot", free_port()
        # A socket's path may not be long.
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="dc"))
        (self.folder / "mail").mkdir(parents=True)
        me = getpass.getuser()
        owner = "nobody" if me == "root" else me
        if me == "root":
            for place in (folder, self.folder, self.folder / "mail"):
                place.chmod(0o755)
            shutil.chown(self.folder / "mail", owner)
        internal = f"default_internal_user = {owner}\ndefault_login_user = {owner}\ndefault_internal_group = {self.group(owner)}\n"
        config = self.folder / "dovecot.conf"
        config.write_text(
            f"""
protocols = imap
listen = 127.0.0.1
base_dir = {self.run}
state_dir = {self.run}
log_path = {self.folder}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
{internal}
mail_location = maildir:{self.folder}/mail
first_valid_uid = 1
first_valid_gid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner} gid={self.group(owner)} home={self.folder}/mail
}}
"""
        )
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(config)])

    def section(self):
        return f"""
[[source]]
name = "inbox"
kind = "imap"
host = "127.0.0.1"
port = {self.port}
tls = "none"
user = "desk@alba.example"
password = "{PASSWORD}"
"""

    @staticmethod
    def group(owner):
        return subprocess.run(["id", "-gn", owner], capture_output=True, text=True, check=True).stdout.strip()

    def login(self):
        until = time.monotonic() + PATIENCE
        while True:
            try:
                there = imaplib.IMAP4("127.0.0.1", self.port)
                there.login("desk@alba.example", PASSWORD)
                return there
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def receive(self, number, sender, words, **headers):
        mail = email.message.EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "desk@alba.example", "My stay"
        mail["Message-ID"] = f"<{number}@guest.example>"
        mail["Date"] = email.utils.format_datetime(datetime.datetime.now(datetime.timezone.utc))
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(words)
        there = self.login()
        there.append("INBOX", None, None, mail.as_bytes())
        there.logout()

    def seen(self):
        there = self.login()
        there.select("INBOX", readonly=True)
        found = there.search(None, "SEEN")[1][0].split()
        there.logout()
        return found

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        shutil.rmtree(self.run, ignore_errors=True)


def inbox(dovecot):
    begins = time.monotonic()
    dovecot.receive(1, "Mira Kern <mira@guest.example>", f"Dear all,\n\n{COLD}. Terrible.\n\n> Thank you for your stay\n")
    alert = next_alert("review.negative.created")
    took = time.monotonic() - begins
    check(f"dovecot: a complaint is heard by IDLE ({took:.1f} s; looks are 15 minutes apart)", alert is not None)
    check("dovecot: a letter is not quoted in an alert", COLD not in json.dumps(alert))
    dovecot.receive(2, "Postmaster <mailer-daemon@guest.example>", "Terrible: undeliverable.", Auto_Submitted="auto-replied")
    check("dovecot: an automatic answer is nobody's complaint", next_alert("review.negative.created", within=4) is None)
    check("dovecot: nothing was marked as read", dovecot.seen() == [], dovecot.seen())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--amends", required=True)
    amends = str(pathlib.Path(parser.parse_args().amends).resolve())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="amends-real-"))
    dovecot = Dovecot(folder) if shutil.which("dovecot") else None
    desk = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=desk.serve_forever, daemon=True).start()
    config, web = folder / "amends.toml", free_port()
    inbox_section = dovecot.section() if dovecot else ""
    config.write_text(
        f"""
[[location]]
name = "Hotel Alba"
timezone = "Europe/Vienna"

[http]
allow_private = ["127.0.0.0/8"]

[web]
listen = "127.0.0.1:{web}"
base_url = "http://127.0.0.1:{web}"

[store]
dir = "{folder}/data"

[[source]]
name = "till"
kind = "inbound"
secret = "{INBOUND}"

[[source]]
name = "sms"
kind = "twilio"
auth_token = "{TWILIO}"
{inbox_section}
[[channel]]
name = "desk"
kind = "webhook"
url = "http://127.0.0.1:{desk.server_port}/"
secret = "{DESK}"
"""
    )
    config.chmod(0o600)
    if dovecot:
        dovecot.login().logout()
    log = (folder / "log").open("w")
    daemon = subprocess.Popen([amends, "--config", str(config), "run"], stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE
        while not is_up(web):
            if time.monotonic() > until:
                sys.exit(f"the daemon did not start: {(folder / 'log').read_text()}")
            time.sleep(0.1)
        shown = subprocess.run([amends, "--config", str(config), "check", "--offline"], capture_output=True, text=True).stdout
        addresses = dict(re.findall(r"(till|sms)\s.*?(http://127\.0\.0\.1:\d+/in/\S+)", shown))
        standard_webhooks(addresses["till"])
        twilio(addresses["sms"])
        if dovecot:
            next_alert("source.baseline", within=15)
            inbox(dovecot)
        check("every alert was signed as it must be", not Desk.forged, Desk.forged)
    finally:
        daemon.send_signal(signal.SIGINT)
        daemon.wait(20)
        if dovecot:
            dovecot.stop()
    if failed:
        print(f"{len(failed)} failed; what the daemon said stands in {folder}/log")
        sys.exit(1)
    shutil.rmtree(folder)
    if not dovecot:
        print("NOT CHECKED: dovecot is not installed")
        sys.exit(2)


def is_up(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
