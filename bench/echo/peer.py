"""The peer of bench.ts: the same frames with pydicom, Pillow and OpenCV on one core, timed alike.

usage: peer.py CINE RLE ROUNDS; prints one JSON line a round: {"cine": ms, "rle": ms}, the least of five runs each.
"""

import json
import sys
import time

import cv2
import pydicom


def grey_frames(path):
    """Header, pixels, grey and 384 x 384 of every frame."""
    pixels = pydicom.dcmread(path).pixel_array
    return [cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (384, 384)) for frame in pixels]


def pixels(path):
    return pydicom.dcmread(path).pixel_array


def milliseconds(function, path):
    start = time.perf_counter()
    function(path)
    return 1000 * (time.perf_counter() - start)


cv2.setNumThreads(1)
cine, rle, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
for _ in range(rounds):
    answer = {
        "cine": min(milliseconds(grey_frames, cine) for _ in range(5)),
        "rle": min(milliseconds(pixels, rle) for _ in range(5)),
    }
    print(json.dumps(answer), flush=True)
