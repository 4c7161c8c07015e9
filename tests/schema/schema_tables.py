# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Documents against the tables of ECS 9.4 and OCSF 1.8 that their makers publish, or where those are not at hand against the
tables of what is written (ecs_fields.tsv, ocsf_fields.tsv). Independent of schema_check.hpp, which holds one table against
the other in unit tests."""
import ipaddress
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
DIGITS = re.compile(r"-?[1-9]\d{15,19}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
EXACT_MOST = 1 << 53
PROFILES = {None, "host", "container", "linux_users"}


def rows(path):
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def is_whole(value):
    return type(value) is int or (isinstance(value, str) and bool(DIGITS.fullmatch(value)))


def is_ip(value):
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def object_of(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name twice in an object")
    return members


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def exact(digits):
    number = int(digits)
    if abs(number) > EXACT_MOST:
        raise ValueError("a number above 2^53")
    return number


class Tables:
    """What is wrong with a document, by kind."""

    def problems(self, line):
        self.found = []
        try:
            document = json.loads(line.decode("utf-8", "strict"), object_pairs_hook=object_of, parse_int=exact,
                                  parse_constant=no_constant)
        except ValueError as error:
            return [("malformed", str(error))], None
        self.check(document)
        return self.found, document

    def problem(self, kind, where):
        self.found.append((kind, where))


class Ecs(Tables):
    def __init__(self, published):
        self.source = "the makers' tables" if published else "tests/schema"
        table = published / "ecs-9.4.0-fields.tsv" if published else HERE / "ecs_fields.tsv"
        self.fields = {row[0]: (row[1], row[2] == "array") for row in rows(table)}
        self.always = {row[0] for row in rows(HERE / "ecs_fields.tsv") if row[3] == "always"} | {"@timestamp", "ecs.version"}
        self.objects = {name[:dot.start()] for name in self.fields for dot in re.finditer(r"\.", name)}

    def check(self, document):
        self.seen = set()
        for name, value in document.items():
            if name != "proctree":
                self.field(name, value)
            elif not isinstance(value, dict):
                self.problem("wrong type", name)
        for name in self.always - self.seen:
            self.problem("missing", name)

    def field(self, name, value):
        self.seen.add(name)
        kind, array = self.fields.get(name, (None, False))
        if kind is None and name not in self.objects:
            return self.problem("unknown", name)
        if kind not in (None, "object", "nested"):
            if array != isinstance(value, list):
                return self.problem("wrong type", name)
            for item in value if array else [value]:
                self.scalar(name, kind, item)
            return None
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                return self.problem("wrong type", name)
            for member, inner in item.items():
                self.field(f"{name}.{member}", inner)
        return None

    def scalar(self, name, kind, value):
        right = (is_whole(value) if kind == "long" else isinstance(value, bool) if kind == "boolean" else
                 isinstance(value, str) and (DATE.fullmatch(value) if kind == "date" else kind != "ip" or is_ip(value)))
        if not right:
            self.problem("wrong type", name)


class Ocsf(Tables):
    STRINGS = {"string_t", "hostname_t", "file_name_t", "file_path_t", "process_name_t", "username_t", "url_t", "email_t",
               "file_hash_t", "mac_t", "datetime_t", "resource_uid_t", "subnet_t"}

    def __init__(self, published):
        self.source = "the makers' tables" if published else "tests/schema"
        self.attributes, self.at_least_one = {}, {}
        if published:
            self.read_published(json.loads((published / "ocsf-process-activity.json").read_text()))
        else:
            self.read_own()

    def read_published(self, schema):
        parts = {"class": {"attributes": schema["class"]}, **schema["objects"]}
        for name, part in parts.items():
            self.at_least_one[name] = part.get("at_least_one", [])
            self.attributes[name] = {
                key: (value["type"], bool(value.get("is_array")), value["requirement"] == "required",
                      {int(number) for number in value.get("enum", {}) if number.lstrip("-").isdigit()})
                for key, value in part["attributes"].items() if value.get("profile") in PROFILES}

    def read_own(self):
        for name, key, kind, array, requirement, values in rows(HERE / "ocsf_fields.tsv"):
            if key == "-":
                self.at_least_one[name] = values.split(",")
                continue
            numbers = set() if values == "-" else {int(value) for value in values.split(",")}
            self.attributes.setdefault(name, {})[key] = (kind, array == "array", requirement == "required", numbers)

    def check(self, document):
        self.members("class", "", document)
        if document.get("class_uid") != 1007 or document.get("category_uid") != 1 or \
                document.get("type_uid") != 100700 + document.get("activity_id", -1):
            self.problem("wrong value", "class, category, type")

    def members(self, kind, at, value):
        if not isinstance(value, dict):
            return self.problem("wrong type", at)
        attributes = self.attributes.get(kind)
        if attributes is None:
            return self.problem("unknown", f"{at}: {kind}")
        for name, inner in value.items():
            attribute = attributes.get(name)
            if attribute is None:
                self.problem("unknown", f"{at}.{name}")
            elif attribute[1] != isinstance(inner, list):
                self.problem("wrong type", f"{at}.{name}")
            else:
                for item in inner if attribute[1] else [inner]:
                    self.value(attribute, f"{at}.{name}", item)
        for name, attribute in attributes.items():
            if attribute[2] and name not in value:
                self.problem("missing", f"{at}.{name}")
        one = self.at_least_one.get(kind)
        if one and not any(name in value for name in one):
            self.problem("missing", f"{at}: one of {one}")
        return None

    def value(self, attribute, at, value):
        kind, _, _, numbers = attribute
        if kind == "object":
            right = isinstance(value, dict)
        elif not kind.endswith("_t"):
            return self.members(kind, at, value)
        elif kind in ("integer_t", "long_t", "timestamp_t", "port_t"):
            right = is_whole(value)
            if right and numbers and value not in numbers:
                return self.problem("wrong value", at)
        elif kind == "boolean_t":
            right = isinstance(value, bool)
        else:
            right = isinstance(value, str) and (UUID.fullmatch(value) if kind == "uuid_t" else is_ip(value) if kind == "ip_t"
                                                else kind in self.STRINGS)
        if not right:
            self.problem("wrong type", at)
        return None
