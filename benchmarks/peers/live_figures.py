"""What a program with many live calls is measured by: at the carrier's end, and in /proc."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.light_carrier import LightCarrier

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
NS = 1e9


@dataclass
class Figures:
    """Of one run."""

    calls: int
    delivered: int
    most_up: int
    core_per_call: float | None
    cpu_s_per_minute: float
    start_to_media_ms: Sequence[float]
    late_ms: Sequence[float]
    gaps: int
    echo_to_hangup_ms: Sequence[float]
    kib_per_call: float | None
    without_core: float
    late_here: float
    audio_s: float


def used_s(pid: int) -> tuple[float, float]:
    """What a process has used of the processor, threads that have ended too, and how long its first thread
    waited for one."""
    of_process = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = map(int, of_process[11:13])
    _, waited_ns, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return (user + system) / TICKS_PER_S, int(waited_ns) / NS


def held_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_KIB


@dataclass
class Watch:
    """Looks at a process as its calls come up, stay, and end."""

    pid: int
    calls: int
    carrier: LightCarrier
    at_s: list[float] = field(default_factory=list)
    used: list[tuple[float, float]] = field(default_factory=list)
    kib: dict[int, int] = field(default_factory=dict)

    def look(self) -> None:
        up = self.carrier.streams_up
        if up in {self.calls // 2, self.calls} and up not in self.kib:
            self.kib[up] = held_kib(self.pid)
        is_all = up == self.calls
        if is_all != (len(self.used) == 1) and len(self.used) < 2 and (is_all or self.used):
            self.used.append(used_s(self.pid))
            self.at_s.append(asyncio.get_running_loop().time())

    @property
    def core_per_call(self) -> float | None:
        if len(self.used) < 2:
            return None
        (began, _), (ended, _) = self.used
        return (ended - began) / (self.at_s[1] - self.at_s[0]) / self.calls

    @property
    def without_core(self) -> float:
        if len(self.used) < 2:
            return 0.0
        return (self.used[1][1] - self.used[0][1]) / (self.at_s[1] - self.at_s[0])

    @property
    def kib_per_call(self) -> float | None:
        half, whole = self.calls // 2, self.calls
        if half not in self.kib or whole not in self.kib:
            return None
        return (self.kib[whole] - self.kib[half]) / (whole - half)


def figures(calls: int, carrier: LightCarrier, watch: Watch, whole_s: float) -> Figures:
    heard = [call.heard for call in carrier.calls.values()]
    audio_s = sum(one.audio_s for one in heard)
    sendings = sum(carrier.together.values())
    return Figures(
        calls=calls,
        delivered=sum(one.is_marked for one in heard),
        most_up=carrier.most_up,
        core_per_call=watch.core_per_call,
        cpu_s_per_minute=whole_s / (audio_s / 60) if audio_s else float("nan"),
        start_to_media_ms=[one.start_to_media_s * 1000 for one in heard if one.start_to_media_s is not None],
        late_ms=[late_s * 1000 for one in heard for late_s in one.late_s],
        gaps=sum(one.gaps for one in heard),
        echo_to_hangup_ms=[one.echo_to_hangup_s * 1000 for one in heard if one.echo_to_hangup_s is not None],
        kib_per_call=watch.kib_per_call,
        without_core=watch.without_core,
        late_here=1 - carrier.together.get(1, 0) / sendings if sendings else 0.0,
        audio_s=audio_s / max(1, len(heard)),
    )


def percentiles(values: Sequence[float]) -> str:
    if len(values) < 2:
        return f"{'-':>15}"
    cut = statistics.quantiles(values, n=100, method="inclusive")
    return f"{statistics.median(values):>7.1f}{cut[98]:>8.1f}"


HEAD = (
    f"{'':<10}{'delivered':>10}{'most up':>8}{'core/call':>10}{'s/minute':>9}{'start>media':>15}{'late':>15}"
    f"{'gaps':>6}{'echo>hang-up':>15}{'KiB/call':>9}{'no core':>8}{'late here':>10}"
)


def show(name: str, one: Figures) -> None:
    core = "-" if one.core_per_call is None else f"{one.core_per_call * 1000:.3f} m"
    kib = "-" if one.kib_per_call is None else f"{one.kib_per_call:.0f}"
    print(
        f"{name:<10}{one.delivered:>10}{one.most_up:>8}{core:>10}{one.cpu_s_per_minute:>9.4f}"
        f"{percentiles(one.start_to_media_ms)}{percentiles(one.late_ms)}{one.gaps:>6}"
        f"{percentiles(one.echo_to_hangup_ms)}{kib:>9}{one.without_core:>8.0%}{one.late_here:>10.1%}",
        flush=True,
    )


def show_ratios(rounds: dict[str, list[Figures]], of: str) -> None:
    """Each program's medians over the other's, pair by pair."""
    for name, runs in rounds.items():
        if name == of or not rounds.get(of):
            continue
        pairs = [
            (
                a.core_per_call / b.core_per_call if a.core_per_call and b.core_per_call else None,
                a.cpu_s_per_minute / b.cpu_s_per_minute,
            )
            for a, b in zip(runs, rounds[of], strict=True)
        ]
        cores = [pair[0] for pair in pairs if pair[0] is not None]
        core = f"{statistics.median(cores):.2f}" if cores else "-"
        print(
            f"{name} / {of}: CPU of a live call {core}, of a call-minute "
            f"{statistics.median(pair[1] for pair in pairs):.3f}"
        )
