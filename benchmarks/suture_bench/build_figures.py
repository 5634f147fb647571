# SPDX-License-Identifier: Apache-2.0
"""What the report shows of `suture bench build`: time and memory by stage, and the rebuild as the yardstick."""
from figure import Bars, Figure

KINDS = ("cold", "fresh", "warm")
STAGES_SHOWN = 5


def short_name(diff):
    name = diff.removesuffix(".diff").removesuffix(".patch")
    # A commit's name.
    return name[:12] if len(name) == 40 else name


def bars_of(result, stages_key, whole_key):
    """A bar for each diff, cold and warm: its longest stages, and all the rest."""
    builds = [(f"{short_name(row['diff'])} {kind}", row[kind]) for row in result["rows"] for kind in KINDS if kind in row]
    longest = {}
    for _, build in builds:
        for stage, seconds in build[stages_key].items():
            longest[stage] = max(longest.get(stage, 0), seconds["median"])
    labels = sorted(longest, key=longest.get, reverse=True)[:STAGES_SHOWN]
    rows = []
    for name, build in builds:
        parts = [build[stages_key].get(stage, {"median": 0})["median"] for stage in labels]
        rows.append((name, [*parts, max(0, build[whole_key]["median"] - sum(parts))]))
    return Bars([*labels, "the rest"], rows)


def compiled_bars(result):
    """A bar for each diff and kind: processor time of the target's compiler, of Clang's parser, and all the rest."""
    rows = []
    for row in result["rows"]:
        for kind in KINDS:
            if "compilerSeconds" in row.get(kind, {}):
                parts = [row[kind][part]["median"] for part in ("compilerSeconds", "parserSeconds")]
                rows.append((f"{short_name(row['diff'])} {kind}", [*parts, max(0, row[kind]["cpuSeconds"]["median"] - sum(parts))]))
    return Bars(["the target's compiler", "Clang's parser", "the rest"], rows)


def yardstick(result):
    if "rebuild" not in result:
        return ""
    rebuild = result["rebuild"]
    return (f" A rebuild of the whole tree took {rebuild['seconds']:.0f} s here, {rebuild['cpuSeconds']:.0f} s of processor "
            f"time ({rebuild['command']}).")


def build_figures(results):
    figures = []
    for index, result in enumerate(results):
        image = result["image"]
        compiled = compiled_bars(result)
        figures.append(Figure(f"build_cpu_{index}", f"Processor time from diff to payload: {image}",
                              "Of the builder and the compilers it starts: what other work on the machine lengthens least." +
                              yardstick(result), "processor time (s)", "", compiled) if compiled.rows else None)
        figures.append(Figure(f"build_time_{index}", f"Time from diff to payload: {image}",
                              "By stage. Cold: nothing in memory; fresh: the files are, and the builder's cache is empty; warm: "
                              "once more.", "time (s)", "",
                              bars_of(result, "stages", "seconds")))
    memory = [(f"{short_name(row['diff'])} {kind}", [row[kind]["peakBytes"] / 2**20])
              for result in results for row in result["rows"] for kind in KINDS if kind in row]
    if memory:
        figures.append(Figure("build_memory", "Memory from diff to payload", "The most that any one process of a build held: "
                              "the builder, or a compiler.", "peak memory (MiB)", "", Bars(["peak"], memory)))
    return [figure for figure in figures if figure]
