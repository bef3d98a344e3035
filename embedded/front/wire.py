"""HTTP/1.1 on a socket, as much of it as database clients use.

By hand rather than with `http.server`, which reads bodies through several copies and knows neither
chunked requests nor `Expect: 100-continue`.
"""

import http
import socket
from urllib.parse import parse_qsl, urlsplit

from errors import Truncated

# Larger pieces gain nothing.
PIECE = 1 << 20
# A query in the URL may be long; the server's own bound.
_LONGEST_LINE = 1 << 20
# A client that is still sending when the answer is known gets to read the answer.
_DRAIN = 1 << 30


class BadRequest(Exception):
    """Not HTTP."""


class Request:
    """One request; its body is read on demand."""

    def __init__(self, method, target, headers, connection):
        url = urlsplit(target)
        self.method = method
        self.path = url.path
        self.params = parse_qsl(url.query, keep_blank_values=True, errors="surrogateescape")
        self.headers = headers
        self._connection = connection
        self._expects = headers.get("expect", "").lower() == "100-continue"
        self._chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        # Of the body, or of the current chunk.
        self._left = 0 if self._chunked else _number(headers.get("content-length", "0"))
        self.body_ended = not self._chunked and self._left == 0
        self.keep_alive = headers.get("connection", "").lower() != "close"

    def pieces(self):
        """The body as the client encoded it, in pieces of about a megabyte."""
        if self._expects and not self.body_ended:
            self._expects = False
            self._connection.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._chunks() if self._chunked else self._counted()

    def _counted(self):
        while self._left:
            piece = self._connection.exactly(min(self._left, PIECE))
            self._left -= len(piece)
            self.body_ended = self._left == 0
            yield piece

    def _chunks(self):
        # What is left of a chunk stands in `self`: an error may end this loop, and `drain` goes on.
        small, small_size = [], 0
        while self._next_chunk():
            piece = self._connection.exactly(min(self._left, PIECE))
            self._left -= len(piece)
            if self._left == 0:
                self._connection.exactly(2)
            small.append(piece)
            small_size += len(piece)
            # Clients send chunks of some kilobytes; larger ones cost less each.
            if small_size >= PIECE // 4:
                yield b"".join(small)
                small, small_size = [], 0
        if small:
            yield b"".join(small)

    def _next_chunk(self):
        if self._left == 0 and not self.body_ended:
            self._left = _number(self._connection.line().split(b";")[0].strip(), 16)
            if self._left == 0:
                while self._connection.line().strip():
                    pass
                self.body_ended = True
        return not self.body_ended

    def drain(self):
        """Reads away what is left of the body; False if that is too much."""
        if self._expects and not self.body_ended:
            return False
        drained = 0
        for piece in self.pieces():
            drained += len(piece)
            if drained > _DRAIN:
                return False
        return True


def _number(text, base=10):
    try:
        number = int(text, base)
    except ValueError:
        number = -1
    if number < 0:
        raise BadRequest(f"not a length: {text!r}")
    return number


class Connection:
    """Requests in, replies out, one after another."""

    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = sock
        self._reader = sock.makefile("rb", buffering=256 * 1024)

    def close(self):
        self._reader.close()
        self.socket.close()

    def line(self):
        line = self._reader.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise Truncated() if len(line) < _LONGEST_LINE else BadRequest("line too long")
        return line

    def exactly(self, size):
        data = self._reader.read(size)
        if len(data) < size:
            raise Truncated()
        return data

    def request(self):
        """The next request, or None when the client is done."""
        first = self._reader.readline(_LONGEST_LINE)
        if not first.strip():
            return None
        parts = first.decode("latin-1").split()
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise BadRequest(f"not a request line: {first[:80]!r}")
        headers = {}
        while True:
            line = self.line().decode("latin-1").strip()
            if not line:
                break
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return Request(parts[0], parts[1], headers, self)

    def reply(self, status, headers, body):
        """A whole reply."""
        self.socket.sendall(self._head(status, {**headers, "Content-Length": len(body)}) + body)

    def begin(self, status, headers):
        """A reply of unknown length: `chunk`s follow, then `end`."""
        self.socket.sendall(self._head(status, {**headers, "Transfer-Encoding": "chunked"}))

    def chunk(self, data):
        if data:
            self.socket.sendall(b"%x\r\n" % len(data) + data + b"\r\n")

    def end(self):
        self.socket.sendall(b"0\r\n\r\n")

    @staticmethod
    def _head(status, headers):
        reason = http.HTTPStatus(status).phrase
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
