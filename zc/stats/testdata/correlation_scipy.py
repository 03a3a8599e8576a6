"""Makes correlation_scipy.json and suite_scipy.json: correlations as SciPy computes them.

    /usr/bin/python3 correlation_scipy.py ../../../shared/data/nas-bench-suite-zero

SciPy 1.10.1. Pairs with a NaN are left out before; -1e8 marks NaN in the suite's scores.
"""
import json
import math
import pathlib
import random
import sys

import numpy as np
from scipy import stats

here = pathlib.Path(__file__).parent


def correlations(x, y):
    x, y = np.array(x, float), np.array(y, float)
    keep = ~(np.isnan(x) | np.isnan(y))
    x, y = x[keep], y[keep]
    out = {"n": int(keep.sum()), "spearman": None, "kendall": None, "pearson": None}
    if len(x) >= 3 and len(set(x)) > 1 and len(set(y)) > 1:
        # SciPy takes inf - inf for a NaN in the input; for ranks a huge number is as good.
        fx, fy = (np.nan_to_num(v, posinf=1e308, neginf=-1e308) for v in (x, y))
        out["spearman"] = stats.spearmanr(fx, fy)[0]
        out["kendall"] = stats.kendalltau(fx, fy)[0]
        if np.isfinite(x).all() and np.isfinite(y).all():
            out["pearson"] = stats.pearsonr(x, y)[0]
    return out


def cell(v):
    return v if math.isfinite(v) else str(v)


random.seed(1)
nan, inf = math.nan, math.inf
cases = {
    "four": ([1, 2, 3, 4], [1, 3, 2, 4]),
    "ties in x": ([1, 1, 2, 3, 3, 3, 4], [5, 2, 8, 1, 9, 4, 3]),
    "ties in both": ([1, 1, 2, 2, 3, 3, 3], [1, 1, 2, 1, 2, 2, 1]),
    "NaN in both": ([1, nan, 3, 4, 5, 2, 2], [2, 1, nan, 4, 3, nan, 9]),
    "infinite": ([inf, 2, -inf, 4, 5, inf], [3, 1, 2, 5, inf, 4]),
    "three": ([0.1, 0.2, 0.3], [3.0, 1.0, 2.0]),
    "descending": ([1, 2, 3, 4, 5], [-1e300, -2e300, -3e300, -4e300, -5e300]),
    "large": ([6e68, 1e61, 3e65, 2e68, 5e60, 4e66], [71.2, 60.1, 64.9, 70.0, 12.0, 66.6]),
    "far from 0": ([1e9 + v for v in (1, 5, 2, 4, 3, 9)], [1e-9 * v for v in (1, 4, 2, 5, 3, 8)]),
    "two pairs": ([1, 2, nan], [1, 2, 3]),
    "constant": ([1, 1, 1, 1], [1, 2, 3, 4]),
    "rounded 60": ([round(random.gauss(0, 2)) for _ in range(60)], [round(random.gauss(0, 1), 1) for _ in range(60)]),
}
x = [random.gauss(0, 1) if random.random() > 0.1 else nan for _ in range(120)]
y = [round(0.5 * v + random.gauss(0, 1), 1) if v == v and random.random() > 0.05 else nan for v in x]
cases["random with NaN 120"] = (x, y)

out = [{"name": k, "x": [cell(v) for v in x], "y": [cell(v) for v in y], **correlations(x, y)} for k, (x, y) in cases.items()]
(here / "correlation_scipy.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in out) + "\n]\n")

out = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("zc_*.json")):
    for task, records in json.loads(path.read_text()).items():
        accuracy = [r["val_accuracy"] for r in records.values()]
        proxies = sorted({p for r in records.values() for p, v in r.items() if isinstance(v, dict) and "score" in v})
        for proxy in proxies:
            score = [r[proxy]["score"] if proxy in r else nan for r in records.values()]
            score = [nan if v is None or v == -1e8 else v for v in score]
            out.append({"file": path.name, "task": task, "proxy": proxy, **correlations(score, accuracy)})
(here / "suite_scipy.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in out) + "\n]\n")
