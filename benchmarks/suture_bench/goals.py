# SPDX-License-Identifier: Apache-2.0
"""The report's first table: the figures that the project set itself, each with its floor and the distance to it."""
import dataclasses

from apply_figures import rows_with
from program_figures import runs_of


@dataclasses.dataclass
class Goal:
    what: str
    measured: str
    floor: str
    distance: str
    goal: str
    met: bool


def time_text(ns):
    for limit, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if ns >= limit:
            return f"{ns / limit:.3g} {unit}"
    return f"{ns:.3g} ns"


def against_floor(what, ns, floor, floor_text, most):
    return Goal(what, time_text(ns), f"{time_text(floor)}: {floor_text}", f"{ns / floor:.2f} times", f"within {most} times",
                ns / floor <= most)


def hypervisor_goals(results):
    """The pause for 100 functions."""
    for guests in ("idle", "busy"):
        found = {row["functions"]: row for row in rows_with(results, "suture-hv", cpus=4, guests=guests)}
        if "floor" in found.get(100, {}):
            floor = found[100]["floor"]
            empty = time_text(floor["empty"]["median"])
            for action in ("apply", "revert"):
                yield against_floor(f"Pause of {'an' if action == 'apply' else 'a'} {action}, 100 functions, 4 CPUs, in the hypervisor, guests {guests}",
                                    found[100][action]["pause"]["median"], floor["stores"]["median"],
                                    f"an empty rendezvous ({empty}) and the bytes written", 3)


def program_goals(results):
    for run in runs_of(results):
        if run.family == "apply" and run.arguments == {"functions": 100, "cpus": 4}:
            yield against_floor("Pause, 100 functions, 4 CPUs, on the host platform", run.ns("pause_ns"),
                                run.ns("empty_ns") + run.ns("write_ns"), "an empty rendezvous and the bytes written", 3)
        elif run.family == "load/core/size" and run.arguments["bytes"] >= 256 * 1024:
            yield against_floor(f"Load {run.arguments['bytes']:,} bytes without relocations", run.ns("median_ns"),
                                run.ns("floor_ns"), "memcpy", 4)
        elif run.family == "load/core/relocations" and run.arguments["count"] == 50_000:
            each = run.ns("median_ns") / run.arguments["count"]
            yield Goal("Load 50,000 relocations", f"{time_text(each)} each", "", "", "under 100 ns each", each < 100)
        elif run.family == "list" and run.arguments["payloads"] == 10_000:
            yield Goal(f"List 10,000 payloads, names of {run.arguments['name']} bytes", time_text(run.ns("time")),
                       f"{time_text(run.ns('floor_ns'))}: memcpy", f"{run.ns('time') / run.ns('floor_ns'):.0f} times",
                       "under 10 ms", run.ns("time") < 10e6)


def build_goals(results):
    for result in results:
        for row in result["rows"]:
            fresh = row.get("fresh", {})
            if row["outcome"] != "built" or "parserSeconds" not in fresh:
                continue
            seconds, processor = fresh["seconds"]["median"], fresh["cpuSeconds"]["median"]
            floor = fresh["parserSeconds"]["median"] + fresh["compilerSeconds"]["median"]
            yield Goal(f"{row['diff'].removesuffix('.diff')} to verified payload, {result['image']}, the builder's cache empty",
                       f"{seconds:.2f} s, {processor:.2f} s of processor time", f"{floor:.2f} s of it: compiler and parser",
                       f"{floor / processor:.0%} of it is the floor", "one unit under 1.5 s, 60 % of it compiler and parser",
                       seconds < 1.5 and floor >= 0.6 * processor)


def goals_of(inputs):
    return [*hypervisor_goals(inputs["apply"]), *program_goals(inputs["program"]), *build_goals(inputs["build"])]
