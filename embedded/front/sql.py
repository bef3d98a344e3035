"""As much of ClickHouse's grammar as is needed to find where a statement ends and data begins.

Works on bytes, because in `INSERT ... FORMAT RowBinary` arbitrary bytes follow the statement.
"""

import re

_TOKEN = re.compile(
    rb"""
      (?P<space> \s+ | --[^\n]* | \#[\ !][^\n]* | /\*.*?\*/ )
    | (?P<quoted> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.|``)*` | \$(\w*)\$.*?\$\3\$ )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<number> [0-9][A-Za-z0-9_.]* )
    | (?P<mark> . )
    """,
    re.X | re.S,
)
# What may stand between a format name and the data that follows it.
_GAP = re.compile(rb"[ \t\f]*\r?\n?")


def tokens(text):
    """(word in capitals or mark, parentheses around it, match) for all that is not space."""
    depth = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "space":
            continue
        token = match[0].upper() if match.lastgroup == "word" else match[0]
        if token == b")":
            depth -= 1
        yield token, depth, match
        if token == b"(":
            depth += 1


class Insert:
    """`INSERT INTO t (a, b) SETTINGS x = 1` + `FORMAT CSV` + where the data begins in the text."""

    def __init__(self, statement, settings_start, format, data_start):
        self.format = format
        self.data_start = data_start
        self._target, self._settings = statement[:settings_start], statement[settings_start:]

    def from_file(self, path):
        """The same statement with its data in a file."""
        # Lines of their own, because a part may end in a comment.
        source = f"FROM INFILE {quote(path)} COMPRESSION 'none'".encode()
        return b"\n".join([self._target, source, self._settings, b"FORMAT " + self.format.encode()])


def is_insert(text):
    """Whether the first word is INSERT."""
    return next((token for token, _, _ in tokens(text)), b"") == b"INSERT"


def split_insert(text, default_format):
    """The parts of an INSERT whose data follows, or None for one that brings its own SELECT."""
    found = tokens(text)
    previous, settings = b"", len(text)
    for token, depth, match in found:
        is_name = previous in (b".", b"INTO", b"TABLE")
        previous = token
        if depth or is_name:
            continue
        if token in (b"SELECT", b"WITH", b"EXPLAIN"):
            return None
        if token == b"SETTINGS":
            settings = min(settings, match.start())
        if token == b"VALUES":
            return Insert(text[: match.start()], settings, "Values", match.end())
        if token == b"FORMAT":
            _, _, name = next(found)
            data_start = _GAP.match(text, name.end()).end()
            return Insert(text[: match.start()], settings, name[0].decode(), data_start)
    # No FORMAT at all: what the client said beside the statement, else the server's own default.
    return Insert(text, settings, default_format or "Values", len(text))


def reads_input(text):
    """Whether the table function `input` stands somewhere, which takes the data that follows."""
    previous = b""
    for token, _, _ in tokens(text):
        if token == b"(" and previous == b"INPUT":
            return True
        previous = token
    return False


def output_format(text):
    """The name in a trailing `FORMAT name`, or None."""
    found = [(token, match) for token, depth, match in tokens(text) if depth == 0]
    for index in range(len(found) - 2, -1, -1):
        if found[index][0] == b"FORMAT" and found[index + 1][1].lastgroup == "word":
            after = found[index + 2][0] if index + 2 < len(found) else b";"
            return found[index + 1][1][0].decode() if after in (b";", b"SETTINGS") else None
    return None


def quote(text):
    """A string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(text):
    """A quoted name."""
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"
