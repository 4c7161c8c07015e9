# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""A receiver of OTLP/HTTP logs for tests, in a thread of its own. What it answers is a function's: receiver.answer is
given the request's number and its records, and returns an Answer; what it accepts is kept under log.record.uid."""
import collections
import dataclasses
import email.utils
import gzip
import http.server
import importlib
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))


def load_messages():
    """The classes of logs.proto, made by protoc."""
    with tempfile.TemporaryDirectory(prefix="proctree-otlp-") as folder:
        subprocess.run(["protoc", "--proto_path", FOLDER, "--python_out", folder, "logs.proto"], check=True)
        sys.path.insert(0, folder)
        try:
            return importlib.import_module("logs_pb2")
        finally:
            sys.path.remove(folder)


MESSAGES = load_messages()


def value_of(any_value):
    """An AnyValue as Python has it; Fact.kind is lost where Python has one type for two."""
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    value = getattr(any_value, kind)
    if kind == "array_value":
        return [value_of(each) for each in value.values]
    if kind == "kvlist_value":
        return attributes_of(value.values)
    return value


def attributes_of(key_values):
    attributes = {}
    for each in key_values:
        if each.key in attributes:
            raise ValueError(f"the attribute {each.key} twice")
        attributes[each.key] = value_of(each.value)
    return attributes


@dataclasses.dataclass
class Record:
    resource: dict
    schema_url: str
    scope: tuple
    time: int
    observed: int
    severity: tuple
    event: str
    body: object
    attributes: dict

    @property
    def uid(self):
        return self.attributes["log.record.uid"]


def records_of(body):
    request = MESSAGES.ExportLogsServiceRequest()
    request.ParseFromString(body)
    records = []
    for of_resource in request.resource_logs:
        resource = attributes_of(of_resource.resource.attributes)
        for of_scope in of_resource.scope_logs:
            scope = (of_scope.scope.name, of_scope.scope.version)
            for record in of_scope.log_records:
                records.append(
                    Record(resource, of_scope.schema_url, scope, record.time_unix_nano, record.observed_time_unix_nano,
                           (record.severity_number, record.severity_text), record.event_name, value_of(record.body),
                           attributes_of(record.attributes)))
    return records


@dataclasses.dataclass
class Answer:
    status: int = 200
    retry_after: object = None  # seconds, or a date as the header has it
    delay: float = 0
    rejected: int = 0  # of the first records, which are not kept
    message: str = ""
    hang_up: bool = False  # without an answer; what was sent is kept all the same where `stored`
    stored: bool = False
    location: str = ""


def http_date(in_seconds):
    return email.utils.formatdate(time.time() + in_seconds, usegmt=True)


class Receiver:
    def __init__(self, answer=lambda number, records: Answer(), port=0, tls=None, size_most=None):
        self.answer, self.size_most = answer, size_most
        self.lock = threading.Lock()
        self.counts = collections.Counter()  # by uid
        self.records = {}
        self.requests = []  # (moment, status, records, headers)
        self.wrong = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver.handle(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler, bind_and_activate=False)
        self.server.daemon_threads = True
        self.server.allow_reuse_address = True
        self.server.server_bind()
        self.server.server_activate()
        if tls:
            # The handshake is the handler's thread's own, so that one that hangs doesn't stop the others.
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "otlp+https" if tls else "otlp+http"
        self.port = self.server.server_address[1]
        self.server.handle_error = lambda *_: None
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def url(self, path=""):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def handle(self, handler):
        plain = b""
        try:
            body = handler.rfile.read(int(handler.headers["Content-Length"]))
            if handler.headers["Content-Type"] != "application/x-protobuf":
                raise ValueError(f"Content-Type {handler.headers['Content-Type']}")
            if handler.headers["Content-Encoding"] != "gzip":
                raise ValueError(f"Content-Encoding {handler.headers['Content-Encoding']}")
            plain = gzip.decompress(body)
            records = records_of(plain)
        except (ValueError, OSError, KeyError) as error:
            self.wrong.append(str(error))
            records = []
        except Exception as error:  # protobuf's DecodeError
            self.wrong.append(repr(error))
            records = []
        with self.lock:
            number = len(self.requests)
            answer = self.answer(number, records)
            if self.size_most and len(plain) > self.size_most:
                answer = Answer(413)
            self.requests.append((time.monotonic(), answer.status, len(records), dict(handler.headers), handler.path))
            if answer.stored or (answer.status == 200 and not answer.hang_up):
                for record in records[answer.rejected:]:
                    self.counts[record.uid] += 1
                    self.records[record.uid] = record
        if answer.delay:
            time.sleep(answer.delay)
        if answer.hang_up:
            handler.close_connection = True
            try:
                handler.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            return
        if answer.status == 200:
            reply = MESSAGES.ExportLogsServiceResponse()
            if answer.rejected or answer.message:
                reply.partial_success.rejected_log_records = answer.rejected
                reply.partial_success.error_message = answer.message
        else:
            reply = MESSAGES.Status(message=answer.message)
        text = reply.SerializeToString()
        try:
            handler.send_response(answer.status)
            handler.send_header("Content-Type", "application/x-protobuf")
            handler.send_header("Content-Length", str(len(text)))
            if answer.retry_after is not None:
                handler.send_header("Retry-After", str(answer.retry_after))
            if answer.location:
                handler.send_header("Location", answer.location)
            handler.end_headers()
            handler.wfile.write(text)
        except OSError:
            pass

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def make_certificate(folder, name, days=1):
    """A self-signed certificate for 127.0.0.1; of less than a day: it has run out."""
    key, request, certificate = (os.path.join(folder, name + end) for end in (".key", ".csr", ".pem"))
    for command in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                     "-out", request, "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"],
                    ["x509", "-req", "-in", request, "-signkey", key, "-copy_extensions", "copy", "-days", str(days),
                     "-out", certificate]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return certificate, key


def server_tls(certificate, key, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
