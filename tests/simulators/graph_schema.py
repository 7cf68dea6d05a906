"""Checks requests and answers of the Graph simulator against an OpenAPI description of Microsoft Graph: the parts of a
schema that it uses (type, properties, items, enum, nullable, allOf, $ref), and the names of query parameters."""

import json
import re
import urllib.parse

TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "integer": int, "number": (int, float)}
ACTIONS = ("sendMail", "send", "move", "createUploadSession")
# Newer than the description: https://learn.microsoft.com/graph/api/message-delta
ALSO_ALLOWED = {"changeType", "$expand", "$skiptoken", "$deltatoken", "$skip"}


class Schema:
    def __init__(self, file):
        import yaml
        with open(file, encoding="utf-8") as text:
            self.whole = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.paths = [(re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part)
                                          for part in re.split(r"(\{[^}]*\})", path)) + "$"), path)
                      for path in self.whole["paths"]]

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            where = self.whole
            for name in node["$ref"].removeprefix("#/").split("/"):
                where = where[name]
            node = where
        return node

    def operation(self, method, path):
        path = re.sub(r"^/v1\.0/me(?=/|$)", "/v1.0/users/me", path).removeprefix("/v1.0")
        path = re.sub(r"/delta$", "/microsoft.graph.delta()", path)
        path = re.sub(rf"/({'|'.join(ACTIONS)})$", r"/microsoft.graph.\1", path)
        found = [template for pattern, template in self.paths if pattern.match(path)]
        found.sort(key=lambda template: template.count("{"))  # a literal name before an id
        return self.whole["paths"][found[0]].get(method.lower()) if found else None

    def check(self, method, path, headers, body, answer):
        operation = self.operation(method, path.path)
        if operation is None:  # the description leaves out /me itself, $batch and uploads
            return []
        out = []
        known = {self.resolve(parameter)["name"] for parameter in operation.get("parameters", ())} | ALSO_ALLOWED
        out += [f"unknown parameter {name}" for name, _ in urllib.parse.parse_qsl(path.query) if name not in known]
        if answer.status < 300 and body and "json" in headers.get("content-type", ""):
            content = self.resolve(operation.get("requestBody", {})).get("content", {}).get("application/json", {})
            self.validate(json.loads(body), content.get("schema"), "request", out)
        if "json" in answer.content_type and answer.body:
            responses = operation["responses"]
            name = f"{answer.status // 100}XX" if answer.status < 300 else "default"
            response = self.resolve(responses.get(str(answer.status)) or responses.get(name) or responses["default"])
            content = response.get("content", {}).get("application/json", {})
            self.validate(json.loads(answer.body), content.get("schema"), "answer", out)
        return [f"{method} {path.path}: {problem}" for problem in out]

    def properties(self, schema, found):
        schema = self.resolve(schema)
        for part in schema.get("allOf", ()):
            self.properties(part, found)
        found.update(schema.get("properties", {}))
        return found

    def validate(self, value, schema, where, out):
        schema = self.resolve(schema)
        if not schema or not isinstance(schema, dict):
            return
        wanted = schema.get("type") or ("object" if "allOf" in schema else None)
        if value is None:
            return
        if wanted and (not isinstance(value, TYPES[wanted]) or wanted in ("integer", "number") and isinstance(value, bool)):
            out.append(f"{where} is no {wanted}")
            return
        if "enum" in schema and str(value).lower() not in (str(word).lower() for word in schema["enum"]):
            out.append(f"{where} is {value!r}, not one of {schema['enum'][:9]}")
        if wanted == "array":
            for index, item in enumerate(value[:50]):
                self.validate(item, schema.get("items"), f"{where}[{index}]", out)
        if wanted == "object":
            known = self.properties(schema, {})
            # Parameters of actions begin with a capital here, and in the examples of Microsoft do not.
            known |= {name[:1].lower() + name[1:]: one for name, one in known.items()}
            for name, item in value.items():
                if name in known:
                    self.validate(item, known[name], f"{where}.{name}", out)
                elif known and not name.startswith("@") and not re.match("^[A-Z]", name) and \
                        name not in ("contentBytes", "contentId"):
                    out.append(f"{where}.{name} is no property")
