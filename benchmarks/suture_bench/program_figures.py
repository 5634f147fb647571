# SPDX-License-Identifier: Apache-2.0
"""What the report shows of the Google Benchmark programs: the runtime on the host platform, with its floors."""
import re

from figure import Figure, Series

# Google Benchmark's own parts of a name, which are no arguments of ours.
NOT_ARGUMENTS = {"iterations", "repeats", "min_time"}
TO_NS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


class Run:
    """One benchmark with its arguments."""

    def __init__(self, entry):
        parts = entry["name"].split("/")
        self.arguments = {key: int(value) for key, value in re.findall(r"/(\w+):(\d+)", entry["name"])
                          if key not in NOT_ARGUMENTS}
        self.family = "/".join(part for part in parts if ":" not in part and part not in ("manual_time", "real_time"))
        self.entry = entry

    def ns(self, key):
        """A counter, or the time of an iteration."""
        if key == "time":
            manual = "/manual_time" in self.entry["name"]
            return self.entry["real_time" if manual else "cpu_time"] * TO_NS[self.entry["time_unit"]]
        return self.entry[key]


def runs_of(results):
    return [Run(entry) for result in results for entry in result["benchmarks"]
            if entry.get("run_type", "iteration") == "iteration" and not entry.get("error_occurred")]


def line(runs, family, x, key, **wanted):
    return sorted((run.arguments[x], run.ns(key) / 1000) for run in runs
                  if run.family == family and (key == "time" or key in run.entry)
                  and all(run.arguments.get(name) == value for name, value in wanted.items()))


def figure(name, title, caption, x, series):
    """A figure in microseconds, of the lines that were measured."""
    series = [one for one in series if one.points]
    if not any(not one.floor for one in series):
        return []
    x_values = sorted({at for one in series for at, _ in one.points})
    return [Figure(name, title, caption, x, "time (µs)", series, x_values=x_values)]


def split(runs, family, key):
    return sorted({run.arguments[key] for run in runs if run.family == family})


def apply_lines(runs, family):
    series = []
    for place, cpus in enumerate(split(runs, family, "cpus")):
        series.append(Series(f"{cpus} CPU{'s' if cpus > 1 else ''}", line(runs, family, "functions", "pause_ns", cpus=cpus),
                             colour=place * 2))
        floor = [(x, empty + write) for (x, empty), (_, write) in
                 zip(line(runs, family, "functions", "empty_ns", cpus=cpus),
                     line(runs, family, "functions", "write_ns", cpus=cpus))]
        series.append(Series(f"floor, {cpus}", floor, floor=True, colour=place * 2))
    return series


def program_figures(results):
    runs = runs_of(results)
    load = [Series(label, line(runs, f"load/core/{family}", "count", "median_ns"), colour=colour)
            for label, family, colour in (("functions by name", "functions", 0), ("relocations", "relocations", 2),
                                          ("undefined symbols", "symbols", 5))]
    load.append(Series("undefined symbols, parsed only", line(runs, "load/parse/symbols", "count", "median_ns"), colour=6,
                       dashed=True))
    listed = [series for place, length in enumerate(split(runs, "list", "name")) for series in
              (Series(f"names of {length} bytes", line(runs, "list", "payloads", "time", name=length), colour=place * 2),
               Series(f"floor, {length}", line(runs, "list", "payloads", "floor_ns", name=length), floor=True, colour=place * 2))]
    return (
        figure("load_size", "Loading by size, without relocations", "The loader over memory that is there already, as in a "
               "hypervisor. The floor: copying the same bytes.", "payload file (bytes)",
               [Series("load", line(runs, "load/core/size", "bytes", "median_ns")),
                Series("floor: memcpy", line(runs, "load/core/size", "bytes", "floor_ns"), floor=True, colour=0),
                Series("load on the host platform", line(runs, "load/host/size", "bytes", "median_ns"), colour=5),
                Series("its floor: into fresh pages", line(runs, "load/host/size", "bytes", "fresh_floor_ns"), floor=True,
                       colour=5)]) +
        figure("load_contents", "Loading by what is in the payload", "So many of one kind and little else; core loader.",
               "number in the payload", load) +
        figure("lookup_symbol", "Finding a symbol by name", "In the hypervisor's own table, by its size.",
               "symbols in the table", [Series("lookup", line(runs, "lookup/symbol", "symbols", "time"))]) +
        figure("lookup_stack", "Checks before an action, by the height of the stack", "A dependency that does not match; a "
               "replace of the whole stack whose last expectation does not.", "payloads applied",
               [Series("apply: dependency", line(runs, "lookup/dependency", "height", "time"), colour=0),
                Series("replace: 100 expectations", line(runs, "lookup/replace", "height", "time"), colour=5)]) +
        figure("list", "Listing all payloads", "Through the control handler, in chunks of 1,024. The floor: copying as many "
               "bytes.", "payloads", listed) +
        figure("host_apply", "Pause of an apply on the host platform", "Threads stand in for CPUs. The floor: an empty "
               "rendezvous and the bytes written through the same alias.", "functions in the payload",
               apply_lines(runs, "apply")) +
        figure("upload", "Upload through the control protocol", "In pieces of 4,096 bytes; with mapping the payload's pages. "
               "The floor: copying the frame.", "payload file (bytes)",
               [Series("upload", line(runs, "channel/upload", "bytes", "median_ns")),
                Series("floor: memcpy", line(runs, "channel/upload", "bytes", "floor_ns"), floor=True, colour=0)]))
