"""ClickHouse's exceptions as HTTP shows them: code, text, status.

Clients decide by the code whether to try again, so codes and statuses are the server's own.
"""

import re

# The same grouping as the server's exceptionCodeToHTTPStatus; every other code is a 500.
_CODES_OF_STATUS = {
    400: (6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676),
    401: (194,),
    403: (192, 193, 497, 512, 516),
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511),
    408: (159,),
    411: (381,),
    413: (229,),
    415: (779,),
    501: (48,),
    503: (76, 209, 439),
}
_STATUS = {code: status for status, codes in _CODES_OF_STATUS.items() for code in codes}

# What is wrong in a file comes wrapped in the same code once more.
_WRAPPED = re.compile(r"^Code: (\d+)\. DB::Exception: (?:Code: \1\. DB::Exception: )?")
_VERSION = re.compile(r"\s*\(version [^()]*(?:\([^()]*\))?\)(?:\. \(\w+\))?\s*$")

version = "unknown"


class ClickHouseError(Exception):
    """`Code: N. DB::Exception: message (NAME) (version V)`."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.status = _STATUS.get(code, 500)
        self.text = f"Code: {code}. DB::Exception: {message} (version {version} (official build))"


def from_engine(error):
    """The engine raises several exception types that differ only in the words around the code."""
    text = _VERSION.sub("", str(error))
    match = _WRAPPED.match(text)
    if match:
        return ClickHouseError(int(match[1]), text[match.end():])
    return ClickHouseError(1001, f"{text} (STD_EXCEPTION)")


class Truncated(Exception):
    """The client went away in mid-body; nobody is left to answer."""
