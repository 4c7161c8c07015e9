# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""What a record must hold, made of its line and of the tables of docs/otlp.md: all of it, and nothing else."""
import datetime
import os
import re

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "otlp.md")
OF_PROCESS = ("process", "fork", "exec", "exit", "exec_failed", "hash")
ELSEWHERE = ("v", "type", "time")
SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
INT_MOST = 2**63 - 1


def read_names():
    """fact → attribute, of the first table that begins with `pid`."""
    names = {}
    with open(DOCS, encoding="utf-8") as docs:
        for text in docs:
            row = re.fullmatch(r"\| `([a-z_.A-Z]+)` \| `([a-z_.A-Z]+)` \|\n", text)
            if row:
                names[row[1]] = row[2]
    assert names["pid"] == "process.pid" and len(names) > 15, names
    return names


NAMES = read_names()


def time_ns(text):
    whole = datetime.datetime.fromisoformat(text[:19] + "+00:00")
    return int(whole.timestamp()) * 10**9 + int(text[20:29])


def date(ns):
    whole = datetime.datetime.fromtimestamp(ns // 10**9, datetime.timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{ns % 10**9:09d}Z"


def scalar(value):
    if isinstance(value, int) and not isinstance(value, bool) and value > INT_MOST:
        return str(value)
    if isinstance(value, list):
        return [scalar(each) for each in value]
    if isinstance(value, dict):
        return {name: scalar(each) for name, each in value.items()}
    return value


def flatten(name, value, into):
    if isinstance(value, dict) and value:
        for member, each in value.items():
            flatten(f"{name}.{member}", each, into)
    else:
        into[name] = scalar(value)


def put_process_fact(name, value, into):
    if name == "container":
        for member, each in value.items():
            if member != "id":
                flatten(NAMES.get(f"container.{member}", f"proctree.container.{member}"), each, into)
    elif name == "env":
        for variable, each in value.items():
            into[NAMES["env.NAME"].replace("NAME", variable)] = each
    else:
        flatten(NAMES.get(name, "proctree." + name), value, into)


def put_derived(line, into):
    if "start_ns" in line:
        into["process.creation.time"] = date(time_ns(line["time"]) - line["ktime_ns"] + line["start_ns"])
    if line.get("exe"):
        into["process.executable.name"] = line["exe"].rsplit("/", 1)[-1]
    if line["type"] == "exit" and not line.get("inferred"):
        into["process.exit.time"] = line["time"]
    if line.get("args"):
        into["process.command"] = line["args"][0]
    if "args" in line and not line.get("args_truncated"):
        into["process.args_count"] = len(line["args"])
    if "container_id" not in line and "id" in line.get("container", {}):
        into["container.id"] = line["container"]["id"]
    if line.get("user") and line.get("uid") == line.get("euid"):
        into["process.user.name"] = into["process.owner"] = line["user"]


def uid_of(line):
    if "seq" in line:
        return f"{line['stream']}-{line['seq']}"
    return f"{line['stream']}-{line['seq_from']}-{line['seq_to']}-lost"


def attributes_of(line):
    attributes = {"log.record.uid": uid_of(line)}
    is_process = line["type"] in OF_PROCESS
    if is_process:
        put_derived(line, attributes)
    for name, value in line.items():
        if name in ELSEWHERE:
            continue
        if is_process:
            put_process_fact(name, value, attributes)
        else:
            flatten("proctree." + name, value, attributes)
    return attributes


def typed(value):
    """True and 1 are not the same."""
    if isinstance(value, dict):
        return {name: typed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [typed(each) for each in value]
    return (type(value).__name__, value)


def differences(line, record, host, tracer):
    """What is wrong with the record of a line."""
    wanted, found = typed(attributes_of(line)), typed(record.attributes)
    wrong = [f"{name}: {wanted.get(name)} in the line, {found.get(name)} in the record"
             for name in sorted(wanted.keys() | found.keys()) if wanted.get(name) != found.get(name)]
    if record.event != "proctree." + line["type"]:
        wrong.append(f"the event is {record.event}")
    if record.time != time_ns(line["time"]):
        wrong.append(f"the time is {record.time}")
    if record.severity != ((13, "WARN") if line["type"] == "lost" else (9, "INFO")):
        wrong.append(f"the severity is {record.severity}")
    if record.schema_url != SCHEMA or record.scope != ("proctree", tracer["version"]):
        wrong.append(f"the scope is {record.scope} of {record.schema_url}")
    resource = {"service.name": "proctree", "service.version": tracer["version"], "os.type": "linux"}
    resource.update({"host." + name: host[name] for name in ("name", "id") if name in host})
    if "arch" in host:
        resource["host.arch"] = {"x86_64": "amd64", "aarch64": "arm64"}.get(host["arch"], host["arch"])
    if record.resource != resource:
        wrong.append(f"the resource is {record.resource}")
    if not isinstance(record.body, str) or not record.body.startswith(line["type"]) or len(record.body) > 300:
        wrong.append(f"the body is {record.body}")
    return wrong
