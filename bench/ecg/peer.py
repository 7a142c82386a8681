"""The peer of bench.ts: the same reading and preprocessing with scipy, timed alike.

usage: peer.py FOLDER; answers each line of its input with one JSON line, {"read": ms, "preprocess": ms}, medians over
the folder's .mat files.
"""

import glob
import json
import statistics
import sys
import time

import numpy as np
from scipy import io, signal


def preprocess(samples, rate=500):
    """DSAIL_SNU: resample where the length is no whole number of seconds, notch 50 and 60 Hz, standard scaling."""
    x = samples.astype(np.float32)
    length = x.shape[1] // rate * 500
    if length != x.shape[1]:
        x = signal.resample(x, length, axis=1)
    for frequency in (50, 60):
        b, a = signal.iirnotch(frequency, frequency, rate)
        x = signal.filtfilt(b, a, x, axis=1).astype(np.float32)
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)


def milliseconds(function, argument):
    start = time.perf_counter()
    function(argument)
    return 1000 * (time.perf_counter() - start)


files = sorted(glob.glob(f"{sys.argv[1]}/*.mat"))
recordings = [io.loadmat(file)["val"] for file in files]
for _ in sys.stdin:
    read = statistics.median(milliseconds(io.loadmat, file) for file in files)
    done = statistics.median(milliseconds(preprocess, recording) for recording in recordings)
    print(json.dumps({"read": read, "preprocess": done}), flush=True)
