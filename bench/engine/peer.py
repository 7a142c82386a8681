"""The peer of bench.ts: the same nets in plain PyTorch, written from their published descriptions, timed alike.

    python3 peer.py NET forward|step BATCH THREADS wall|cpu

For every line of stdin, a number of seconds, it runs as long and answers with one JSON line:
{"milliseconds": median of a run, "peakMegabytes": largest resident set so far}.
"""

import json
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class DsailBlock(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.stride, self.extra = stride, after - before
        self.bn1, self.bn2 = nn.BatchNorm1d(before), nn.BatchNorm1d(after)
        self.conv1 = nn.Conv1d(before, after, 11, stride, padding=0 if stride > 1 else 5, bias=False)
        self.conv2 = nn.Conv1d(after, after, 11, padding=5, bias=False)

    def forward(self, x):
        y = F.relu(self.bn1(x))
        if self.stride > 1:
            y = F.pad(y, (3, 4))
        y = F.dropout(F.relu(self.bn2(self.conv1(y))), 0.3, self.training)
        y = self.conv2(y)
        if self.stride > 1:
            x = F.max_pool1d(x, self.stride)
        if self.extra:
            x = F.pad(x, (0, 0, 0, self.extra))
        return y + x


class Dsail(nn.Module):
    """DSAIL_SNU, CinC 2020: 8 pre-activation blocks, kernel 11, widths 32 to 256, stride 4 between groups."""

    shape, classes = (12, 2048), 24

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(12, 32, 11, padding=5, bias=False)
        blocks, before = [], 32
        for group in range(4):
            for index in range(2):
                after = 32 * 2**group
                blocks.append(DsailBlock(before, after, 4 if group and not index else 1))
                before = after
        self.blocks = nn.Sequential(*blocks)
        self.bn1, self.linear = nn.BatchNorm1d(256), nn.Linear(256, 24)

    def forward(self, x):
        return self.linear(F.relu(self.bn1(self.blocks(self.conv1(x)))).amax(-1))


class UNet(nn.Module):
    """usal_echo's U-Net at a quarter of its width: 16 to 512 channels, 384 x 384, 6 labels."""

    shape, classes = (1, 384, 384), 6

    def __init__(self, width=16):
        super().__init__()
        widths = [width * 2**level for level in range(6)]
        self.down, self.up, self.joint = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        before = 1
        for size in widths:
            self.down.append(self.double(before, size))
            before = size
        for size in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(2 * size, size, 2, 2))
            self.joint.append(self.double(2 * size, size))
        self.out = nn.Conv2d(width, 6, 1)

    @staticmethod
    def double(before, after):
        return nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.Conv2d(after, after, 3, padding=1), nn.ReLU()
        )

    def forward(self, x):
        kept = []
        for level, down in enumerate(self.down):
            x = down(x if level == 0 else F.max_pool2d(x, 2))
            kept.append(x)
        x = F.dropout(x, 0.5, self.training)
        for up, joint, skip in zip(self.up, self.joint, reversed(kept[:-1])):
            x = joint(torch.cat([skip, F.relu(up(x))], 1))
        return self.out(x)


class Vgg(nn.Module):
    """usal_echo's view net: VGG-16 layout, 224 x 224 x 3, 23 views."""

    shape, classes = (3, 224, 224), 23

    def __init__(self, width=1.0):
        super().__init__()
        layers, before = [], 3
        for size, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            for _ in range(count):
                layers += [nn.Conv2d(before, int(size * width), 3, padding=1), nn.ReLU()]
                before = int(size * width)
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.fc6, self.fc7, self.fc8 = nn.Linear(before * 49, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 23)

    def forward(self, x):
        x = self.features(x).flatten(1)
        x = F.dropout(F.relu(self.fc6(x)), 0.5, self.training)
        return self.fc8(F.dropout(F.relu(self.fc7(x)), 0.5, self.training))


class Bottleneck(nn.Module):
    def __init__(self, before, size, stride):
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv1d(before, size, 1, bias=False), nn.BatchNorm1d(size), nn.ReLU(),
            nn.Conv1d(size, size, 3, stride, 1, bias=False), nn.BatchNorm1d(size), nn.ReLU(),
            nn.Conv1d(size, size, 1, bias=False), nn.BatchNorm1d(size),
        )
        self.shortcut = (
            nn.Sequential(nn.Conv1d(before, size, 1, stride, bias=False), nn.BatchNorm1d(size))
            if stride > 1 or before != size
            else nn.Identity()
        )

    def forward(self, x):
        return F.relu(self.convs(x) + self.shortcut(x))


class ResNet18(nn.Module):
    """The trunk of the pulmonary-embolism nets: 12 leads, kernel 17, four groups of two blocks."""

    classes = 2

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(12, 64, 17, 2, 8, bias=False), nn.BatchNorm1d(64), nn.ReLU(), nn.MaxPool1d(3, 2, 1)
        )
        blocks, before = [], 64
        for group, size in enumerate((64, 128, 256, 512)):
            for index in range(2):
                blocks.append(Bottleneck(before, size, 2 if group and not index else 1))
                before = size
        self.blocks = nn.Sequential(*blocks)

    def trunk(self, x):
        return self.blocks(self.stem(x)).transpose(1, 2)  # [record, time, feature]


class Attention(ResNet18):
    shape = (12, 4096)

    def __init__(self):
        super().__init__()
        self.attention, self.linear = nn.MultiheadAttention(512, 4, batch_first=True), nn.Linear(512, 2)

    def forward(self, x):
        x = self.trunk(x)
        return self.linear(self.attention(x, x, x)[0].mean(1))


class Lstm(ResNet18):
    shape = (12, 2048)

    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(512, 512, batch_first=True), nn.Linear(512, 2)

    def forward(self, x):
        return self.linear(self.lstm(self.trunk(x))[0][:, -1])


class Encoder(ResNet18):
    shape = (12, 2048)

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(512, 4, 2048, batch_first=True)
        self.encoder, self.linear = nn.TransformerEncoder(layer, 3), nn.Linear(512, 2)

    def forward(self, x):
        return self.linear(self.encoder(self.trunk(x)).mean(1))


NETS = {
    "dsail": Dsail, "unet": UNet, "vgg": Vgg,
    "resnet18-attention": Attention, "resnet18-lstm": Lstm, "resnet18-encoder": Encoder,
}


def prepare(net, mode, batch):
    """A function that does one run."""
    torch.manual_seed(1)
    model = NETS[net]()
    x = torch.rand(batch, *model.shape) * 2 - 1
    if mode == "forward":
        model.eval()

        def forward():
            with torch.inference_mode():
                model(x)

        return forward
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, weight_decay=5e-4)
    with torch.no_grad():
        target = torch.zeros_like(model(x))
    target[:, 0] = 1

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.binary_cross_entropy_with_logits(model(x), target).backward()
        optimizer.step()

    return step


def main():
    net, mode, batch, threads, clock = sys.argv[1:]
    now = time.perf_counter if clock == "wall" else time.process_time
    torch.set_num_threads(int(threads))
    run = prepare(net, mode, int(batch))
    for _ in range(2):
        run()
    for line in sys.stdin:
        times, end = [], time.perf_counter() + float(line)
        while time.perf_counter() < end or len(times) < 3:
            start = now()
            run()
            times.append(1000 * (now() - start))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"milliseconds": statistics.median(times), "peakMegabytes": peak}), flush=True)


main()
