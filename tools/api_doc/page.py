"""docs/api.md: the schema and the examples as a page to read."""
import re

from examples import curl_line

SCOPES = {  # {right}: the right, or rights, of the rule
    "IN_PARTITION": "who holds {right} in the request's `partition`",
    "IN_ANY": "who holds {right}; the answer holds only what lies in partitions where that is so",
    "IN_ALL": "who holds {right} for all partitions",
    "BY_CALL": "who holds {right} in the partition of the `call`",
    "BY_MAILBOX": "who holds {right} in the partition of the `mailbox`",
    "SIGNED_IN": "whoever has signed in",
    "ANYONE": "anyone; no sign-in is needed",
}
INLINE_AT_MOST = 2  # an answer that more methods share stands among the messages


def anchor(heading):
    """As GitHub makes it: letters, digits, hyphens."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def link(heading, text=None):
    return f"[{text or heading}](#{anchor(heading)})"


def cell(text):
    return text.replace("|", "\\|")


def title_of(name):
    """Of a message or enum: the package only where it is not the API's own."""
    return name.removeprefix("admin.v1.")


class Page:
    def __init__(self, schema, examples, introduction):
        self.schema, self.examples = schema, examples
        self.lines = introduction.rstrip().splitlines()
        self.shown = []  # names of messages and enums that have a section of their own

    def text(self):
        self.contents()
        for service in self.schema.services:
            self.service(service)
        self.messages()
        return "\n".join(self.lines) + "\n"

    def add(self, *lines):
        self.lines += lines

    def contents(self):
        self.add("", "## Services", "", "| service | what for | methods |", "|---|---|---|")
        for service in self.schema.services:
            methods = ", ".join(link(m.name, m.name.split("/")[1]) for m in service.methods)
            self.add(f"| {link(service.name)} | {cell(service.comment)} | {methods} |")
        self.add("", f"Messages that several of them use stand {link('Messages', 'at the end')}.")

    def service(self, service):
        self.add("", f"## {service.name}", "", service.comment, "", "| method | does |", "|---|---|")
        for method in service.methods:
            self.add(f"| {link(method.name, method.name.split('/')[1])} | {cell(method.comment)} |")
        for method in service.methods:
            self.method(method)

    def method(self, method):
        example = self.examples[method.name]
        said = [method.comment, self.schema.messages[method.request].comment]
        self.add("", f"### {method.name}", "", " ".join(filter(None, said)), "", self.who(method))
        self.fields("Request", method.request)
        self.answer(method)
        self.errors(example)
        self.lines_to_run(method, example)

    def who(self, method):
        rights = " or ".join(filter(None, (method.right, method.or_right)))
        out = f"**Who may:** {SCOPES[method.scope].format(right=rights)}."
        if method.max_body:
            out += f" A request may have {method.max_body:,} bytes."
        return out

    def answer(self, method):
        message = self.schema.messages[method.answer]
        if self.uses(method.answer) > INLINE_AT_MOST:
            self.add("", f"**Answer:** {self.type_name(method.answer)}. {message.comment}")
            return
        if message.comment:
            self.add("", message.comment)
        self.fields("Answer", method.answer)

    def uses(self, name):
        return sum(m.answer == name for m in self.schema.methods().values())

    def fields(self, title, name):
        rows = list(self.rows(name))
        if not rows:
            self.add("", f"**{title}:** nothing.")
            return
        self.add("", f"| {title.lower()} | type | |", "|---|---|---|", *rows)

    def rows(self, name, before=""):
        """Messages that stand inside others have no section: their fields follow."""
        for f in self.schema.messages[name].fields:
            inner = self.schema.messages.get(f.type)
            many = "[]" if f.repeated else ""
            if inner and inner.nested and not before:
                yield f"| `{f.name}{many}` | | {cell(f.comment)} |"
                yield from self.rows(f.type, f"{f.name}{many}.")
            else:
                yield f"| `{before}{f.name}{many}` | {self.type_of(f)} | {cell(f.comment)} |"

    def type_of(self, f):
        out = self.type_name(f.type)
        return f"map from {f.key} to {out}" if f.key else out

    def type_name(self, name):
        if name not in self.schema.messages and name not in self.schema.enums:
            return name
        if name not in self.shown:
            self.shown.append(name)
        return link(title_of(name))

    def errors(self, example):
        if example.errors:
            self.add("", "| error | when |", "|---|---|")
            self.add(*(f"| `{e.name}` | {cell(e.when)} |" for e in example.errors))

    def lines_to_run(self, method, example):
        for variable, (source, path) in example.sources().items():
            field = re.sub(r"\.(\d+)", r"[\1]", path)
            self.add("", f"`${variable}` is `{field}` of {link(source)}.")
        self.add("", "```sh", curl_line(self.schema, method, example))
        if example.command:
            self.add(example.command)
        self.add("```")
        if example.note:
            self.add("", example.note)

    def messages(self):
        """What was linked; it links more in turn."""
        start, sections = len(self.lines), {}
        while left := [name for name in self.shown if name not in sections]:
            for name in left:
                self.lines, kept = [], self.lines
                self.message(name)
                self.lines, sections[name] = kept, self.lines
        assert start == len(self.lines)
        self.add("", "## Messages", "",
                 "Those of `config.v1` are the configuration as it stands in YAML files, those of "
                 "`record.v1` what is stored.")
        for name in sorted(sections, key=lambda n: (n.rpartition(".")[0] != "admin.v1", n)):
            self.add(*sections[name])

    def message(self, name):
        self.add("", f"### {title_of(name)}")
        enum = self.schema.enums.get(name)
        comment = (enum or self.schema.messages[name]).comment
        if comment:
            self.add("", comment)
        if not enum:
            self.add("", "| field | type | |", "|---|---|---|", *self.rows(name))
            return
        self.add("", "| value | |", "|---|---|")
        self.add(*(f"| {value} | {cell(said)} |" for value, said in enum.values))
