"""Writes protocol0.pkl to protocol5.pkl: one object, with all that data files hold, in each of Python's protocols."""
import pickle
from pathlib import Path

import numpy as np

thing = {
    "array": np.array([[1, -2, 3], [400, 5, 6]], "<i2"),
    "fortran": np.asfortranarray(np.array([[1.5, 2], [3, 4]], ">f4")),
    "scalars": (np.float64(0.25), np.int32(-7), np.bool_(True)),
    "plain": (True, False, None, -3, 70000, 2**40, -1.5, 0x1950A86A20F9469CFC6C),
    "text": "h\u00e9\n'\\ \u4e2d",
    "bytes": b"\x00\xff\n\\",
    "empty": b"",
    "set": {1, 2},
    "list": [[1], [1]],
}
thing["list"][1] = thing["list"][0]  # one list in two places
for protocol in range(6):
    Path(__file__).with_name(f"protocol{protocol}.pkl").write_bytes(pickle.dumps(thing, protocol))
