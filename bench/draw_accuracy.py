"""Draw accuracy against speed, in one field for each kind of pages; run by the interpreter of ``.bench``.

Usage: draw_accuracy.py PICTURE.svg, with a JSON list of fields on stdin: ``kind``, ``measure``, and ``points``, which
are name -> [pages per second, share that is right].
"""

import json
import sys
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "ocrcore"  # the same figures give the same file

from matplotlib import pyplot as plt  # noqa: E402 - after the backend is chosen

fields = json.load(sys.stdin)
names = list(dict.fromkeys(name for field in fields for name in field["points"]))
ours = [name for name in names if name.startswith("service")]
others = [name for name in names if name not in ours]
colours = dict(zip(ours, ("#c53030", "#dd6b20", "#2b6cb0", "#63b3ed"), strict=False))
marks = dict(zip(others, "sD^vXP", strict=False))


def draw(axes: Any, name: str, speed: float, share: float) -> None:  # noqa: ANN401 - without types
    """Draw one way. ``auto`` is a ring, for it stands where the engine stands that it takes."""
    look = {"facecolors": colours.get(name, "#4a5568"), "edgecolors": "white", "s": 70}
    if name.endswith("auto"):
        look = {"facecolors": "none", "edgecolors": colours[name], "linewidths": 1.5, "s": 170}
    axes.scatter(speed, share, marker=marks.get(name, "o"), label=name, zorder=3, **look)


rows = -(-len(fields) // 2)
figure, places = plt.subplots(rows, 2, figsize=(9, 3.4 * rows + 0.6), squeeze=False)
for axes in places.flat[len(fields) :]:
    axes.set_visible(False)
for axes, field in zip(places.flat, fields, strict=False):
    for name, (speed, share) in field["points"].items():
        draw(axes, name, speed, share)
    axes.set_title(field["kind"], loc="left", fontsize=11)
    axes.set_xlim(0, 1.12 * max(speed for speed, _ in field["points"].values()))
    span = 1 - min(share for _, share in field["points"].values())
    axes.set_ylim(1 - 1.12 * span - 0.002, 1 + 0.12 * span + 0.002)
    axes.grid(color="#e2e8f0", zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("pages a second")
    axes.set_ylabel(field["measure"])
handles = {handle.get_label(): handle for axes in places.flat for handle in axes.collections}
figure.legend([handles[name] for name in names], names, loc="lower center", ncols=4, frameon=False)
figure.suptitle("Right and fast is at the top on the right")
figure.tight_layout(rect=(0, 0.3 / rows / 2, 1, 1))
figure.savefig(sys.argv[1], metadata={"Date": None})
