"""Named arrays in one run of bytes, compressed: how rows keep what nobody asks the database for."""

import io
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

# Higher levels take five times as long and save little.
COMPRESSION: Final = 1
HEADER_SIZE: Final = np.dtype("<u4")
# How the first weeks that were closed are packed: as NumPy’s own files, which are far slower to read.
NUMPY_FILE: Final = b"PK"


def packed_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The packed form of some arrays of one dimension, which `unpacked_arrays` reads."""
    header = json.dumps([(name, array.dtype.str, len(array)) for name, array in arrays.items()]).encode()
    size = np.array(len(header), dtype=HEADER_SIZE).tobytes()
    return zlib.compress(
        b"".join([size, header, *(array.tobytes() for array in arrays.values())]), COMPRESSION
    )


def unpacked_arrays(packed: Any) -> Arrays:
    """What `packed_arrays` packed; the arrays are not to be written to."""
    content = zlib.decompress(bytes(packed))
    if content.startswith(NUMPY_FILE):
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            return dict(kept)
    first = HEADER_SIZE.itemsize + int(np.frombuffer(content, dtype=HEADER_SIZE, count=1)[0])
    arrays: Arrays = {}
    for name, kind, count in json.loads(content[HEADER_SIZE.itemsize : first]):
        arrays[name] = np.frombuffer(content, dtype=kind, count=count, offset=first)
        first += arrays[name].nbytes
    return arrays
