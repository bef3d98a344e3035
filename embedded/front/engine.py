"""The embedded engine as a server sees it: connections, sessions, statements.

One process hosts one engine on one folder. A connection runs one statement at a time and keeps its
own settings; opening one costs half a millisecond. So every request gets a fresh connection, and
nothing of one request can leak into the next; only a `session_id` keeps its connection.
"""

import contextlib
import errno
import json
import tempfile
import threading
import time

from chdb.state import connect

import errors
import sql
from errors import ClickHouseError

# Statements that run at the same time; more of them wait. Each may use all cores and its own memory.
_AT_ONCE = 16
_SESSIONS = 256
_SESSION_SECONDS = 60

# The engine gives a streamed result as a row of small complete documents. In these formats they can
# simply follow one another; what must be cut off the later ones is the value.
_ROWS = {
    "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "csv", "rowbinary", "native", "lineasstring",
    "rawblob", "msgpack", "protobuf", "jsoneachrow", "jsonlines", "ndjson", "jsonstringseachrow",
    "jsoncompacteachrow", "jsoncompactstringseachrow",
}
_HEADER_LINES = {
    "tabseparatedwithnames": 1, "tsvwithnames": 1, "tabseparatedwithnamesandtypes": 2, "tsvwithnamesandtypes": 2,
    "jsoncompacteachrowwithnames": 1, "jsoncompacteachrowwithnamesandtypes": 2,
    "jsoncompactstringseachrowwithnames": 1, "jsoncompactstringseachrowwithnamesandtypes": 2,
}
_HEADER_STRINGS = {"rowbinarywithnames": 1, "rowbinarywithnamesandtypes": 2}


class Context:
    """What a request says beside its statement."""

    def __init__(self, database="", settings=None, params=None, session_id="", readonly=False):
        self.database = database
        self.settings = settings or {}
        self.params = params or {}
        self.session_id = session_id
        self.session_seconds = _SESSION_SECONDS
        self.readonly = readonly


class Summary:
    """The numbers of X-ClickHouse-Summary."""

    def __init__(self):
        self._begin = time.monotonic_ns()
        self.read_rows = self.read_bytes = 0
        self.written_rows = self.written_bytes = 0
        self.result_rows = self.result_bytes = 0

    def add(self, result):
        self.read_rows += result.storage_rows_read()
        self.read_bytes += result.storage_bytes_read()
        self.result_rows += result.rows_read()
        self.result_bytes += result.bytes_read()

    def as_strings(self):
        numbers = {name: str(value) for name, value in vars(self).items() if not name.startswith("_")}
        return {**numbers, "total_rows_to_read": "0", "elapsed_ns": str(time.monotonic_ns() - self._begin)}


class _Session:
    def __init__(self, connection):
        self.connection = connection
        self.busy = True
        self.expires = 0.0


class Engine:
    """The engine on one folder."""

    def __init__(self, path):
        self._path = path
        # The engine shuts down with its last connection; this one is never used again.
        self._keeper = connect(path)
        self._permits = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._sessions = {}
        errors.version, self.timezone = self._ask("SELECT version(), serverTimezone()")

    def _ask(self, query):
        return self._keeper.query(query, "TSV").bytes().decode().rstrip("\n").split("\t")

    def _connect(self):
        # The library takes `1 + 1` for a query; a server calls it a syntax error.
        return connect(self._path + "?implicit_select=0")

    def close(self):
        """Closes the store; the process must not use it afterwards."""
        self._keeper.close()

    @contextlib.contextmanager
    def spooled(self, pieces):
        """The path of a file of these pieces; nothing of it is left when this process is killed.

        The engine's own streamed inserts say OK to errors at their very end. From a file it reports
        them all, and a body that was cut off never reaches it.
        """
        with tempfile.TemporaryFile(buffering=0, dir=self._path) as file:
            try:
                for piece in pieces:
                    rest = memoryview(piece)
                    while rest:
                        rest = rest[file.write(rest):]
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                raise ClickHouseError(243, "Cannot spool the body, not enough space. (NOT_ENOUGH_SPACE)") from None
            # The only name it has.
            yield f"/proc/self/fd/{file.fileno()}"

    @contextlib.contextmanager
    def statement(self, context):
        """A `Statement` in this context; waits while too many run."""
        with self._permits:
            if context.session_id:
                with self._session(context) as connection:
                    yield from _prepared(connection, context, restore=True)
            else:
                connection = self._connect()
                try:
                    yield from _prepared(connection, context, restore=False)
                finally:
                    connection.close()

    @contextlib.contextmanager
    def _session(self, context):
        session = self._take_session(context.session_id)
        try:
            yield session.connection
        finally:
            session.expires = time.monotonic() + context.session_seconds
            session.busy = False

    def _take_session(self, name):
        with self._lock:
            now = time.monotonic()
            for old in [key for key, session in self._sessions.items() if not session.busy and session.expires < now]:
                self._sessions.pop(old).connection.close()
            session = self._sessions.get(name)
            if session is None:
                if len(self._sessions) >= _SESSIONS:
                    raise ClickHouseError(202, f"Too many sessions, maximum: {_SESSIONS}. (TOO_MANY_SIMULTANEOUS_QUERIES)")
                session = self._sessions[name] = _Session(self._connect())
            elif session.busy:
                raise ClickHouseError(373, f"Session {name} is locked by a concurrent client. (SESSION_IS_LOCKED)")
            session.busy = True
            return session


def _prepared(connection, context, restore):
    """Applies the context, and takes it back where the connection lives on."""
    statement = Statement(connection, context)
    if context.database:
        database = statement.value("SELECT currentDatabase()") if restore else ""
        statement.command(f"USE {sql.identifier(context.database)}")
    before = statement.settings(context.settings) if restore else {}
    statement.set(context.settings)
    try:
        yield statement
    finally:
        if restore:
            statement.set(before)
            if context.database:
                statement.command(f"USE {sql.identifier(database)}")


class Statement:
    """Runs the one statement of a request."""

    def __init__(self, connection, context):
        # The wrapper around this object drops results without rows, and with them their headers.
        self._raw = connection._conn
        self._context = context

    def command(self, text):
        try:
            return self._raw.query(text, "TSV", params={})
        except RuntimeError as error:
            raise errors.from_engine(error) from None

    def value(self, text):
        return self.command(text).bytes().decode().rstrip("\n")

    def set(self, settings):
        """Values are strings; None is the default."""
        bad = [name for name in settings if not name.replace(".", "_").isidentifier()]
        if bad:
            raise ClickHouseError(115, f"Unknown setting '{bad[0]}'. (UNKNOWN_SETTING)")
        parts = [f"{name} = {'DEFAULT' if value is None else sql.quote(value)}" for name, value in settings.items()]
        if parts:
            self.command("SET " + ", ".join(parts))

    def settings(self, names):
        """The session's own values of these settings, None where it has none."""
        if not names:
            return {}
        wanted = ", ".join(sql.quote(name) for name in names)
        query = f"SELECT name, value FROM system.settings WHERE changed AND name IN ({wanted}) FORMAT JSONCompactEachRow"
        rows = [json.loads(line) for line in self.value(query).splitlines()]
        return {**dict.fromkeys(names), **dict(rows)}

    def check(self, text):
        """Refuses what the server would not accept over HTTP."""
        kind = self._raw.classify_query(text)
        if kind["statement_count"] > 1:
            raise ClickHouseError(62, "Syntax error (Multi-statements are not allowed). (SYNTAX_ERROR)")
        if self._context.readonly and kind["statement_count"] and kind["query_class"].name != "READ_ONLY":
            raise ClickHouseError(
                164,
                "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
                "You should use method POST for modifying queries. (READONLY)",
            )

    def rows(self, text, format, summary):
        """The result of a statement as pieces of bytes, as they become ready."""
        try:
            key = format.lower()
            if key in _ROWS or key in _HEADER_LINES or key in _HEADER_STRINGS:
                try:
                    result = self._raw.send_query(text, format, params=self._context.params)
                except RuntimeError as error:
                    if "Streaming query is not supported" not in str(error):
                        raise
                else:
                    yield from self._streamed(result, key, summary)
                    return
            yield self._whole(text, format, summary)
        except RuntimeError as error:
            raise errors.from_engine(error) from None

    def _whole(self, text, format, summary):
        result = self._raw.query(text, format, params=self._context.params)
        summary.add(result)
        summary.written_rows, summary.written_bytes = result.rows_written(), result.bytes_written()
        return bytes(result.bytes())

    def _streamed(self, result, key, summary):
        ended, first = False, True
        try:
            while not ended:
                chunk = self._raw.streaming_fetch_result(result)
                if chunk is None:
                    break
                # A chunk without rows is the last one and may carry totals, or the only header.
                ended = chunk.rows_read() == 0
                summary.add(chunk)
                data = chunk.bytes()
                yield data if first else data[_header_size(key, data):]
                first = False
            ended = True
        except RuntimeError:
            ended = True
            raise
        finally:
            if not ended:
                self._raw.streaming_cancel_query(result)

    def insert(self, text, summary):
        """Runs an INSERT that reads its data from a file."""
        try:
            result = self._raw.query(text, "TSV", params=self._context.params)
        except RuntimeError as error:
            raise errors.from_engine(error) from None
        summary.written_rows = summary.result_rows = summary.read_rows = result.rows_written()
        summary.written_bytes = summary.result_bytes = summary.read_bytes = result.bytes_written()


def _header_size(key, data):
    if key in _HEADER_LINES:
        end = 0
        for _ in range(_HEADER_LINES[key]):
            end = data.find(b"\n", end) + 1
        return end
    if key in _HEADER_STRINGS and data:
        columns, at = _varint(data, 0)
        for _ in range(columns * _HEADER_STRINGS[key]):
            size, at = _varint(data, at)
            at += size
        return at
    return 0


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
