"""Draw speeds as a bar chart; run by the interpreter of ``.bench``, which has Matplotlib.

Usage: draw.py PICTURE.svg, with a JSON object of name -> pictures per second on stdin.
"""

import json
import sys

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "ocrcore"  # the same figures give the same file

from matplotlib import pyplot as plt  # noqa: E402 - after the backend is chosen

speeds = json.load(sys.stdin)
names = sorted(speeds, key=speeds.get)
figure, axes = plt.subplots(figsize=(8, 0.45 * len(names) + 1))
colours = ["#2b6cb0" if name.startswith("service") else "#a0aec0" for name in names]
bars = axes.barh(names, [speeds[name] for name in names], color=colours)
axes.bar_label(bars, fmt="%.2f", padding=3)
axes.set_xlabel("pictures a second; more is better")
axes.spines[["top", "right"]].set_visible(False)
axes.margins(x=0.1)
figure.savefig(sys.argv[1], bbox_inches="tight", metadata={"Date": None})
