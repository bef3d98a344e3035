"""Planned faults for tests: `POST /__fault` with JSON, only when started with `--faults`.

{"match": "INSERT INTO t", "code": 252, "times": 3}   the next three matching queries fail
{"match": "INSERT", "when": "after"}                  the query runs, then the reply is an error
{"match": "SELECT", "when": "midway"}                 after the first part of a long answer
{"match": "INSERT", "action": "drop"}                 the connection is cut instead
{"match": "INSERT", "delay_ms": 500, "action": "none"}    only slow
{"reset": true}                                       forgets all of them

`match` is a regular expression, looked for anywhere in the statement, letters of either case.
"""

import re
import threading
import time

from errors import ClickHouseError

_TEXTS = {
    159: "Timeout exceeded: elapsed 30000 ms, maximum: 30000 ms. (TIMEOUT_EXCEEDED)",
    202: "Too many simultaneous queries. Maximum: 100. (TOO_MANY_SIMULTANEOUS_QUERIES)",
    209: "Timeout exceeded while reading from socket: 30000 ms. (SOCKET_TIMEOUT)",
    241: "(total) memory limit exceeded: would use 1.00 GiB, maximum: 1.00 GiB. (MEMORY_LIMIT_EXCEEDED)",
    242: "Table is in readonly mode. (TABLE_IS_READ_ONLY)",
    243: "Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)",
    252: "Too many parts (3000 with average size of 1.00 KiB). Merges are processing significantly slower than "
         "inserts. (TOO_MANY_PARTS)",
    319: "Unknown status, client must retry. Reason: connection loss. (UNKNOWN_STATUS_OF_INSERT)",
    999: "Coordination::Exception: Session expired. (KEEPER_EXCEPTION)",
}


class Dropped(Exception):
    """The plan says to cut the connection."""


class Faults:
    """The plan, shared by all connections."""

    def __init__(self):
        self._lock = threading.Lock()
        self._planned = []

    def plan(self, order):
        with self._lock:
            if order.get("reset"):
                self._planned.clear()
            if "match" in order:
                self._planned.append({"times": 1, "code": 252, "when": "before", "action": "error", **order})

    def left(self):
        """How many queries the plan still waits for."""
        with self._lock:
            return sum(fault["times"] for fault in self._planned)

    def strike(self, when, statement):
        """Raises if a fault is planned for this statement at this moment."""
        fault = self._take(when, statement) if self._planned else None
        if fault is None:
            return
        time.sleep(fault.get("delay_ms", 0) / 1000)
        if fault["action"] == "drop":
            raise Dropped()
        if fault["action"] == "error":
            code = fault["code"]
            raise ClickHouseError(code, fault.get("text") or _TEXTS.get(code, f"Planned fault {code}."))

    def _take(self, when, statement):
        with self._lock:
            for fault in self._planned:
                if fault["when"] == when and re.search(fault["match"], statement, re.I | re.S):
                    fault["times"] -= 1
                    if fault["times"] <= 0:
                        self._planned.remove(fault)
                    return fault
        return None
