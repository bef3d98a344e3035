"""From an HTTP request to a statement and back to an HTTP reply."""

import base64
import contextlib
import hmac
import itertools
import json
import random
import string
import threading
import time
import uuid
from email.parser import BytesParser

import coding
import sql
from engine import Context, Summary
from errors import ClickHouseError
from faults import Faults
from wire import PIECE

# Parameters of the interface itself; every other one is a setting, or `param_...`.
_OWN = {
    "query", "database", "default_format", "query_id", "session_id", "session_timeout", "session_check",
    "close_session", "user", "password", "quota_key", "role", "compress", "decompress", "wait_end_of_query",
    "buffer_size", "stacktrace", "client_protocol_version",
}
_TYPES = {
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "json": "application/json; charset=UTF-8",
    "jsoncompact": "application/json; charset=UTF-8",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
}
# An INSERT's statement, before its data, is shorter than this; also the server's `max_query_size`.
_HEAD = 256 * 1024


class _Call:
    """What is known about one request, and about its reply so far."""

    def __init__(self, request):
        self.request = request
        self.params = dict(request.params)
        headers = request.headers
        self.query_id = self.param("query_id") or headers.get("x-clickhouse-query-id") or str(uuid.uuid4())
        self.default_format = headers.get("x-clickhouse-format") or self.param("default_format")
        self.format = "TabSeparated"
        self.tag = "".join(random.choices(string.ascii_lowercase, k=16))
        self.summary = Summary()
        self.streaming = False
        self.encoder = None

    def param(self, name, default=""):
        return self.params.get(name, default)

    def flag(self, name, default="0"):
        return self.param(name, default) not in ("", "0", "false")

    def context(self):
        settings = {n: v for n, v in self.params.items() if n not in _OWN and not n.startswith("param_")}
        params = {n[len("param_"):]: v for n, v in self.params.items() if n.startswith("param_")}
        database = self.param("database") or self.request.headers.get("x-clickhouse-database", "")
        context = Context(database, settings, params, self.param("session_id"), self.request.method == "GET")
        if self.param("session_timeout").isdigit():
            context.session_seconds = int(self.param("session_timeout"))
        return context

    def body(self):
        """The body without its compression."""
        pieces = coding.decode(self.request.headers.get("content-encoding", ""), self.request.pieces())
        return coding.decode_blocks(pieces) if self.flag("decompress") else pieces

    def take_form(self):
        """The fields of a form are parameters like those in the URL."""
        kind = self.request.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            return
        head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1")
        for part in BytesParser().parsebytes(head + b"".join(self.request.pieces())).get_payload():
            if part.get_filename():
                raise ClickHouseError(48, "External tables are not supported here (NOT_IMPLEMENTED)")
            name = part.get_param("name", header="content-disposition")
            self.params[name] = part.get_payload(decode=True).decode("utf-8", "surrogateescape")


class Service:
    """Answers requests; one object for all connections."""

    def __init__(self, engine, name, user, password, faults):
        self._engine = engine
        self._name = name
        self._user, self._password = user, password
        self._faults = Faults() if faults else None
        self._idle = threading.Condition()
        self._running = 0

    def wait_until_idle(self, seconds):
        """Whether all running requests ended in time."""
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, seconds)

    def answer_next(self, connection):
        """False when the connection is done."""
        request = connection.request()
        if request is None:
            return False
        with self._idle:
            self._running += 1
        try:
            keep = self._answer(connection, request)
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()
        return keep and request.drain() and request.keep_alive

    def _answer(self, connection, request):
        headers = {"X-ClickHouse-Server-Display-Name": self._name, "Content-Type": "text/plain; charset=UTF-8"}
        if request.path == "/__fault" and self._faults:
            return self._plan_faults(connection, request, headers)
        if request.path == "/ping" or (request.path == "/" and request.method == "GET" and not _has_query(request)):
            connection.reply(200, headers, b"Ok.\n")
        elif request.path != "/":
            text = f"There is no handle {request.path}\n\nUse / or /ping for health checks.\nSend queries with POST.\n"
            connection.reply(404, headers, text.encode())
        elif request.method not in ("GET", "POST", "PUT"):
            connection.reply(501, headers, f"method {request.method} is not supported\n".encode())
        else:
            return self._query(connection, request)
        return True

    def _plan_faults(self, connection, request, headers):
        body = b"".join(request.pieces())
        self._faults.plan(json.loads(body or b"{}"))
        connection.reply(200, headers, json.dumps({"left": self._faults.left()}).encode())
        return True

    def _query(self, connection, request):
        call = _Call(request)
        try:
            self._authenticate(call)
            self._run(connection, call)
            return True
        except ClickHouseError as error:
            print(f"{time.strftime('%FT%TZ', time.gmtime())} {call.query_id} {error.text}", flush=True)
            return self._refuse(connection, call, error)

    def _authenticate(self, call):
        headers = call.request.headers
        user, password = headers.get("x-clickhouse-user"), headers.get("x-clickhouse-key")
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(secret).decode("utf-8").partition(":")
            except ValueError:
                raise ClickHouseError(516, "Invalid authentication: Basic. (AUTHENTICATION_FAILED)") from None
        user = call.param("user") or user or "default"
        password = call.param("password") or password or ""
        ours = hmac.compare_digest(password.encode("utf-8", "replace"), self._password.encode())
        if user != self._user or not ours:
            raise ClickHouseError(
                516,
                f"{user}: Authentication failed: password is incorrect, or there is no user with such name. "
                "(AUTHENTICATION_FAILED)",
            )

    def _run(self, connection, call):
        call.take_form()
        url_query = call.param("query")
        head = (url_query + "\n").encode("utf-8", "surrogateescape") if url_query else b""
        # A form has been read for its fields; its body is no data.
        pieces = iter(()) if call.request.body_ended else iter(call.body())
        begun, size = [head], 0
        while size < _HEAD and (piece := next(pieces, None)) is not None:
            begun.append(piece)
            size += len(piece)
        ended = size < _HEAD
        head = b"".join(begun)
        insert = sql.split_insert(head, call.default_format) if sql.is_insert(head) else None
        if insert is None and sql.is_insert(head) and sql.reads_input(head):
            # The engine would run it without the data and say that all is well.
            raise ClickHouseError(48, "Table function input is not supported here. (NOT_IMPLEMENTED)")
        if insert is None or (insert.format == "Values" and ended):
            self._statement(connection, call, b"".join([head, *pieces]))
        else:
            self._insert(connection, call, insert, itertools.chain([head[insert.data_start:]], pieces))

    def _insert(self, connection, call, insert, pieces):
        # The body first: a slow client keeps nobody else waiting.
        with self._engine.spooled(pieces) as path, self._engine.statement(call.context()) as statement:
            text = insert.from_file(path).decode("utf-8", "surrogateescape")
            statement.check(text)
            if self._faults:
                self._faults.strike("before", text)
            statement.insert(text, call.summary)
        if self._faults:
            self._faults.strike("after", text)
        self._reply_whole(connection, call, b"")

    def _statement(self, connection, call, text):
        if not text.strip():
            raise ClickHouseError(62, "Syntax error: failed at position 1 (end of query): . (SYNTAX_ERROR)")
        call.format = sql.output_format(text) or call.default_format or call.format
        text = text.decode("utf-8", "surrogateescape")
        if self._faults:
            self._faults.strike("before", text)
        with self._engine.statement(call.context()) as statement:
            statement.check(text)
            # Closed before the statement: a client that goes away must not leave a result open.
            with contextlib.closing(statement.rows(text, call.format, call.summary)) as pieces:
                self._reply_pieces(connection, call, pieces, text)

    def _reply_pieces(self, connection, call, pieces, text):
        # The first pieces are looked at before the status is sent: most errors show by then.
        begun, size = [], 0
        for piece in pieces:
            begun.append(piece)
            size += len(piece)
            if size > PIECE and not call.flag("wait_end_of_query"):
                break
        if self._faults:
            self._faults.strike("after", text)
        rest = next(pieces, None)
        if rest is None:
            self._reply_whole(connection, call, b"".join(begun))
            return
        connection.begin(200, self._headers(call, self._encoding(call)))
        call.streaming = True
        for piece in itertools.chain([b"".join(begun), rest], pieces):
            connection.chunk(call.encoder.compress(piece) if call.encoder else piece)
            if self._faults:
                self._faults.strike("midway", text)
        connection.chunk(call.encoder.flush() if call.encoder else b"")
        connection.end()

    def _reply_whole(self, connection, call, body):
        encoding = self._encoding(call) if body else {}
        if call.encoder:
            body = call.encoder.compress(body) + call.encoder.flush()
        connection.reply(200, self._headers(call, encoding), body)

    def _encoding(self, call):
        """Chooses the reply's compression; the headers that say so."""
        if call.flag("compress"):
            call.encoder = coding.Blocks()
        elif call.flag("enable_http_compression", "1"):
            name, call.encoder = coding.encoder(call.request.headers.get("accept-encoding", ""))
            return {"Content-Encoding": name} if name else {}
        return {}

    def _headers(self, call, more):
        return {
            "Content-Type": _TYPES.get(call.format.lower(), "application/octet-stream"),
            "X-ClickHouse-Server-Display-Name": self._name,
            "X-ClickHouse-Query-Id": call.query_id,
            "X-ClickHouse-Format": call.format,
            "X-ClickHouse-Timezone": self._engine.timezone,
            "X-ClickHouse-Exception-Tag": call.tag,
            "X-ClickHouse-Summary": json.dumps(call.summary.as_strings(), separators=(",", ":")),
            "Connection": "Keep-Alive" if call.request.keep_alive else "close",
            **more,
        }

    def _refuse(self, connection, call, error):
        """Sends the error; False when the connection cannot be used any more."""
        text = (error.text + "\n").encode("utf-8", "replace")
        if not call.streaming:
            more = {"Content-Type": "text/plain; charset=UTF-8", "X-ClickHouse-Exception-Code": error.code}
            connection.reply(error.status, self._headers(call, more), text)
            return True
        # The status is gone. The marked text tells clients that look for it, the missing end of the
        # chunked body all others.
        tag = call.tag.encode()
        end = b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (tag, text, len(text), tag)
        connection.chunk(call.encoder.compress(end) + call.encoder.flush() if call.encoder else end)
        return False


def _has_query(request):
    return any(name == "query" for name, _ in request.params)
