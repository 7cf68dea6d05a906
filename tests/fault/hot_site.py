"""The configuration that tests/fault/hot.py changes: what it says in each version, and every kind of change."""
import copy
import itertools

# Partition -> its mailboxes. QUIET is never changed; TEMP comes and goes.
BOXES = {"IT": ("it-1", "it-2"), "HR": ("hr-1", "hr-2"), "QUIET": ("quiet-1",), "TEMP": ("temp-1",)}
UNCHANGED = ("it-2", "quiet-1")
POP3 = ("hr-2",)
SECRET = ("HR", "imap")


def server(lab, box):
    protocol = "POP3" if box in POP3 else "IMAP"
    return {"name": box, "protocol": protocol, "host": "localhost", "security": "TLS", "active": True,
            "port": lab.ports[protocol.lower() + "s"], "ca_file": lab.ca_file, "login": box,
            "password": f"secret:{SECRET[1]}" if box == "hr-1" else "env:DEMO_PASSWORD",
            "call_template": "Mail", "default_logging_analyst": "desk@example.org", "start_from": "all",
            "poll_interval": "2s", "after_commit": "leave"}


def partition(lab, name):
    return {"id": name, "name": name, "impacts": ["One"], "urgencies": ["Normal"],
            "priorities": ["Normal", "High", "Low"],
            "matrix": [{"impact": "One", "priority": {"Normal": "Normal"}}],
            "statuses": ["Incident"], "streams": ["Software"], "offices": ["Leeds", "York"],
            "screen_sets": [{"name": "Incident", "status": "Incident", "stream": "Software"}],
            "templates": [{"name": "Mail", "status": "Incident", "stream": "Software", "impact": "One",
                           "urgency": "Normal", "office": "Leeds"}],
            "people": [{"name": f"Desk {name}", "addresses": ["desk@example.org"], "analyst": True}],
            "incoming": [server(lab, box) for box in BOXES[name]],
            "outgoing": [{"name": f"{name.lower()}-outbox", "protocol": "SMTP", "host": "localhost",
                          "port": lab.ports["smtp_starttls"], "security": "STARTTLS",
                          "ca_file": lab.ca_file, "login": "desk", "password": "env:DEMO_PASSWORD",
                          "from": "desk@example.org", "max_connections": 4}],
            # Twenty senders write everything, within a minute.
            "answer_limits": {"per_sender": 100000, "per_domain": 100000, "partition": 100000, "flood_after": 0},
            "texts": {"acknowledgement": {"text": "{{user}}, this is {{call}}."}}}


class Site:
    """What should be configured now. `versions` keeps what each version of the node said."""

    def __init__(self, lab, chance):
        self.lab, self.chance = lab, chance
        self.general = {"default_format": "HTML"}
        self.partitions = {name: partition(lab, name) for name in BOXES}
        self.versions = {}
        self.numbers = itertools.count()

    def said(self):
        return {"general": copy.deepcopy(self.general), "partitions": copy.deepcopy(self.partitions)}

    def be(self, said):
        self.general, self.partitions = copy.deepcopy(said["general"]), copy.deepcopy(said["partitions"])

    def changes(self):
        return [self.window, self.poll, self.security, self.active, self.template, self.priority,
                self.texts, self.outgoing, self.formats, self.come_or_go]

    def some_server(self):
        """Of the mailboxes that may be changed."""
        name = self.chance.choice(("IT", "HR"))
        return self.chance.choice([s for s in self.partitions[name]["incoming"] if s["name"] not in UNCHANGED])

    def some_partition(self):
        return self.partitions[self.chance.choice(("IT", "HR"))]

    def window(self):
        one = self.some_server()
        one["window_count"] = 16 + (one.get("window_count", 0) + 7) % 500
        one["window_size"] = self.chance.choice(("1MiB", "2MiB", "8MiB"))

    def poll(self):
        one = self.some_server()
        one["poll_interval"] = "2s" if one["poll_interval"] == "1s" else "1s"

    def security(self):
        one = self.some_server()
        protocol = one["protocol"].lower()
        one["security"] = "TLS" if one["security"] == "STARTTLS" else "STARTTLS"
        one["port"] = self.lab.ports[protocol + ("s" if one["security"] == "TLS" else "")]

    def active(self):
        one = self.some_server()
        one["active"] = not one["active"]

    def template(self):
        one = self.some_partition()["templates"][0]
        one["office"] = "York" if one["office"] == "Leeds" else "Leeds"

    def priority(self):
        cells = self.some_partition()["matrix"][0]["priority"]
        cells["Normal"] = self.chance.choice([p for p in ("Normal", "High", "Low") if p != cells["Normal"]])

    def texts(self):
        self.some_partition()["texts"]["acknowledgement"]["text"] = f"{{{{user}}}}, {{{{call}}}} ({next(self.numbers)})."

    def outgoing(self):
        one = self.some_partition()["outgoing"][0]
        one["max_connections"] = 1 + one["max_connections"] % 6
        one["security"] = "TLS" if one["security"] == "STARTTLS" else "STARTTLS"
        one["port"] = self.lab.ports["smtps" if one["security"] == "TLS" else "smtp_starttls"]

    def formats(self):
        self.general["default_format"] = "PLAIN" if self.general["default_format"] == "HTML" else "HTML"

    def come_or_go(self):
        if self.partitions.pop("TEMP", None) is None:
            self.partitions["TEMP"] = partition(self.lab, "TEMP")


def servers(said):
    """Mailbox -> its server, of those that are polled."""
    return {s["name"]: s for p in said["partitions"].values() for s in p["incoming"] if s["active"]}


def touched(before, after):
    """The mailboxes whose pollers a change may start anew."""
    old, new = servers(before), servers(after)
    return {box for box in old.keys() | new.keys() if old.get(box) != new.get(box)}


def concerned(before, after):
    """The partitions whose rules a change may concern."""
    everyone = before["general"] != after["general"]
    return {name for name, its in after["partitions"].items()
            if everyone or before["partitions"].get(name) != its}
