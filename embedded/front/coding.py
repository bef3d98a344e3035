"""Compression of bodies: HTTP's Content-Encoding and ClickHouse's own block framing.

Decoders take and give iterators of bytes and keep at most one block, so a body of any size needs
constant memory. A body that ends inside a compressed frame is an error and never a shorter body.
"""

import struct
import zlib

import lz4.block
import lz4.frame
import zstandard
from clickhouse_cityhash.cityhash import CityHash128

from errors import ClickHouseError

try:
    import brotli
except ImportError:
    brotli = None

# A few kilobytes can expand a thousandfold; small bites bound what is held at once.
_BITE = 64 * 1024
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
# checksum, method, size of method + sizes + data, size of the data when decompressed
_CHECKSUM, _BLOCK = struct.Struct("<QQ"), struct.Struct("<BII")
_LARGEST_BLOCK = 1 << 30


class _Brotli:
    """brotli's decompressor with the interface of the others."""

    unused_data = b""

    def __init__(self):
        self._inner = brotli.Decompressor()

    def decompress(self, data):
        return self._inner.process(data)

    @property
    def eof(self):
        return self._inner.is_finished()


_DECODERS = {
    "gzip": lambda: zlib.decompressobj(31),
    "x-gzip": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(15),
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}
if brotli:
    _DECODERS["br"] = _Brotli


def decode(encoding, pieces):
    """The body behind a Content-Encoding; several frames one after another are one body."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return pieces
    if encoding not in _DECODERS:
        raise ClickHouseError(89, f"Unknown compression method: {encoding} (UNKNOWN_COMPRESSION_METHOD)")
    return _decode(encoding, _DECODERS[encoding], pieces)


def _decode(encoding, new, pieces):
    frame, started = new(), False
    for piece in pieces:
        for start in range(0, len(piece), _BITE):
            rest = piece[start:start + _BITE]
            while rest:
                if frame.eof:
                    frame = new()
                started = True
                try:
                    data = frame.decompress(rest)
                except Exception as error:
                    raise ClickHouseError(271, f"Cannot decompress {encoding} body: {error} (CANNOT_DECOMPRESS)")
                rest = (frame.unused_data or b"") if frame.eof else b""
                if data:
                    yield data
    if started and not frame.eof:
        raise ClickHouseError(271, f"Cannot decompress {encoding} body: it ends too early (CANNOT_DECOMPRESS)")


def decode_blocks(pieces):
    """The body of `decompress=1`: checksummed blocks."""
    take = _Taker(pieces)
    while True:
        head = take(_CHECKSUM.size + _BLOCK.size, may_end=True)
        if not head:
            return
        method, packed_size, size = _BLOCK.unpack_from(head, _CHECKSUM.size)
        if packed_size < _BLOCK.size or max(packed_size, size) > _LARGEST_BLOCK:
            raise ClickHouseError(271, f"Block of {packed_size} bytes for {size} is too large (CANNOT_DECOMPRESS)")
        packed = take(packed_size - _BLOCK.size)
        high, low = _CHECKSUM.unpack_from(head)
        if CityHash128(head[_CHECKSUM.size:] + packed) != (high << 64) + low:
            raise ClickHouseError(40, "Checksum doesn't match: corrupted data (CHECKSUM_DOESNT_MATCH)")
        yield _unpack(method, packed, size)


def _unpack(method, packed, size):
    try:
        if method == _LZ4:
            return lz4.block.decompress(packed, uncompressed_size=size)
        if method == _ZSTD:
            return zstandard.ZstdDecompressor().decompress(packed, max_output_size=size)
        if method == _NONE:
            return packed
    except Exception as error:
        raise ClickHouseError(271, f"Cannot decompress block: {error} (CANNOT_DECOMPRESS)")
    raise ClickHouseError(89, f"Unknown compression method: {method} (UNKNOWN_COMPRESSION_METHOD)")


class _Taker:
    """Exact numbers of bytes out of pieces of any size."""

    def __init__(self, pieces):
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def __call__(self, size, may_end=False):
        if len(self._rest) >= size:
            taken, self._rest = self._rest[:size], self._rest[size:]
            return bytes(taken)
        parts, missing = [self._rest], size - len(self._rest)
        self._rest = memoryview(b"")
        while missing > 0:
            piece = memoryview(next(self._pieces, b""))
            if not piece:
                break
            parts.append(piece[:missing])
            self._rest = piece[missing:]
            missing -= len(parts[-1])
        taken = b"".join(parts)
        if len(taken) == size or (may_end and not taken):
            return taken
        raise ClickHouseError(33, f"Cannot read all data: {size - len(taken)} bytes missing (CANNOT_READ_ALL_DATA)")


class Blocks:
    """Encoder of `compress=1`."""

    def compress(self, data):
        if not data:
            return b""
        packed = lz4.block.compress(data, store_size=False)
        rest = _BLOCK.pack(_LZ4, len(packed) + _BLOCK.size, len(data)) + packed
        checksum = CityHash128(rest)
        return _CHECKSUM.pack(checksum >> 64, checksum & (2 ** 64 - 1)) + rest

    def flush(self):
        return b""


class _Lz4Frame:
    def __init__(self):
        self._inner, self._begun = lz4.frame.LZ4FrameCompressor(), False

    def compress(self, data):
        head = b"" if self._begun else self._inner.begin()
        self._begun = True
        return head + self._inner.compress(data)

    def flush(self):
        return self.compress(b"") + self._inner.flush()


class _BrotliEncoder:
    def __init__(self):
        self._inner = brotli.Compressor(quality=3)

    def compress(self, data):
        return self._inner.process(data)

    def flush(self):
        return self._inner.finish()


# In the order the server prefers them.
_ENCODERS = {
    "br": _BrotliEncoder if brotli else None,
    "lz4": _Lz4Frame,
    "zstd": lambda: zstandard.ZstdCompressor(level=1).compressobj(),
    "gzip": lambda: zlib.compressobj(1, zlib.DEFLATED, 31),
    "deflate": lambda: zlib.compressobj(1, zlib.DEFLATED, 15),
}


def encoder(accepted):
    """(name, encoder) for an Accept-Encoding, or (None, None)."""
    offered = [part.split(";")[0].strip().lower() for part in accepted.split(",")]
    for name, new in _ENCODERS.items():
        if name in offered and new:
            return name, new()
    return None, None
