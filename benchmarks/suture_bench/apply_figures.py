# SPDX-License-Identifier: Apache-2.0
"""What the report shows of `suture bench apply`: the pause in suture-hv, and suture-hv beside stock Xen."""
from figure import Figure, Series

TARGETS = {"suture-hv": "suture-hv", "xen": "stock Xen"}


def micro(ns):
    return ns / 1000


def points(rows, key, action, kind, what="median"):
    """(x, microseconds) of the rows that have it, in order of x."""
    return sorted((row[key], micro(row[action][kind][what])) for row in rows if kind in row.get(action, {}))


def rows_with(results, target, **wanted):
    return [row for result in results if result["target"] == target for row in result["rows"]
            if all(row.get(key) == value for key, value in wanted.items())]


def values_of(rows, key):
    return sorted({row[key] for row in rows if key in row})


def by_functions(rows, action, kind):
    """A line for each number of CPUs."""
    cpus = values_of(rows, "cpus")
    return [Series(f"{count} CPU{'s' if count > 1 else ''}",
                   points([row for row in rows if row["cpus"] == count], "functions", action, kind), colour=place)
            for place, count in enumerate(cpus)]


def nearest(values, wanted):
    return min(values, key=lambda value: abs(value - wanted))


def per_functions(rows, instructions, action, kind, title, caption):
    return Figure(f"{action}_{kind}", title, caption, "functions in the payload", f"{kind} (µs)",
                  by_functions(rows, action, kind), second=("instructions", instructions),
                  x_values=values_of(rows, "functions"))


def spread(results, functions, cpus):
    """Median, 99th percentile and maximum of the pause by CPUs, guests idle and busy."""
    series = []
    for place, guests in ((0, "idle"), (5, "busy")):
        rows = rows_with(results, "suture-hv", guests=guests, functions=functions)
        for what, dashed in (("median", False), ("p99", True), ("max", True)):
            if rows and (what != "p99"):
                series.append(Series(f"guests {guests}, {what}", points(rows, "cpus", "apply", "pause", what), colour=place,
                                     dashed=dashed))
    return Figure("spread", f"Pause by CPUs: median and worst of all rounds, {functions} functions",
                  "How far the worst round is from the usual one, with guests that sleep and guests that compute.",
                  "CPUs", "pause (µs)", series, x_values=cpus)


def floors(rows, wanted_cpus):
    """The pause and its floor, for a few numbers of CPUs."""
    series = []
    for place, count in enumerate(wanted_cpus):
        chosen = [row for row in rows if row["cpus"] == count and "floor" in row]
        if not chosen:
            continue
        name, colour = f"{count} CPU{'s' if count > 1 else ''}", (0, 2, 5)[place % 3]
        series.append(Series(f"{name}: apply", points(chosen, "functions", "apply", "pause"), colour=colour))
        series.append(Series("revert", points(chosen, "functions", "revert", "pause"), colour=colour, dashed=True))
        series.append(Series("floor", points(chosen, "functions", "floor", "stores"), floor=True, colour=colour))
    return [Figure("floor", "The pause and its floor", "The floor, measured on the same machine: an empty rendezvous in which "
                   "nothing is done but 5 bytes a function stored through the same alias. Guests idle.",
                   "functions in the payload", "pause (µs)", series, x_values=values_of(rows, "functions"), key_rows=3)] if series else []


def rendezvous(results, functions, cpus):
    series = [Series(f"guests {guests}", points(rows, "cpus", "apply", "rendezvous"), colour=place)
              for place, guests in ((0, "idle"), (5, "busy"))
              if (rows := rows_with(results, "suture-hv", guests=guests, functions=functions))]
    return Figure("rendezvous", "Rendezvous by CPUs", "From the first kick to the last CPU at its safe point; nothing is "
                  "written yet. Under one instruction clock the CPUs take turns, so this is an upper bound for CPUs that "
                  "really run at once.", "CPUs", "rendezvous (µs)", series, x_values=cpus)


def hypervisor_figures(results):
    """suture-hv by itself."""
    rows = rows_with(results, "suture-hv", guests="idle") or rows_with(results, "suture-hv")
    if not rows:
        return []
    shift = next(result["icountShift"] for result in results if result["target"] == "suture-hv")
    instructions = 1000 / 2 ** shift
    cpus, functions = values_of(rows, "cpus"), nearest(values_of(rows, "functions"), 100)
    return [
        per_functions(rows, instructions, "apply", "pause", "Pause of an apply", "From the first CPU that stops to the last "
                      "that goes on, median of all rounds; guests idle."),
        per_functions(rows, instructions, "revert", "pause", "Pause of a revert", "The same for putting the old bytes back."),
        *floors(rows, sorted({cpus[0], nearest(cpus, 4), nearest(cpus, 64)})),
        spread(results, functions, cpus),
        rendezvous(results, functions, cpus),
        per_functions(rows, instructions, "apply", "total", "Total time of an apply", "From the request to the result, with "
                      "every check that is made before a CPU stops."),
    ]


def both(results, action, kinds, guests="idle"):
    """A line a target and number of CPUs, for the CPUs that both have; `kinds` by target."""
    found = {}
    for target in TARGETS:
        rows = [row for row in rows_with(results, target) if kinds[target] in row.get(action, {})]
        found[target] = [row for row in rows if row.get("guests") == guests] or rows
    common = set.intersection(*({row["cpus"] for row in rows} for rows in found.values()))
    return [Series(f"{TARGETS[target]}, {count} CPU{'s' if count > 1 else ''}",
                   points([row for row in rows if row["cpus"] == count], "functions", action, kinds[target]),
                   colour=place * 2 + (0 if target == "suture-hv" else 5), dashed=target == "xen")
            for place, count in enumerate(sorted(common)) for target, rows in found.items()]


def comparison_figures(results):
    """suture-hv and stock Xen, side by side."""
    figures = []
    for name, action, kinds, title, caption, y in (
            ("gap_apply", "apply", {"suture-hv": "gap", "xen": "gap"}, "Pause of an apply as a guest sees it",
             "The longest gap that a busy loop in a guest (suture-hv) or in dom0 (Xen) noticed; median of all rounds.",
             "longest gap (µs)"),
            ("gap_revert", "revert", {"suture-hv": "gap", "xen": "gap"}, "Pause of a revert as a guest sees it",
             "The same for a revert.", "longest gap (µs)"),
            ("done_apply", "apply", {"suture-hv": "total", "xen": "client"}, "Apply, from the request to the result",
             "As suture-hv records it, and as a client in Xen's dom0 sees it.", "time (µs)"),
            ("done_revert", "revert", {"suture-hv": "total", "xen": "client"}, "Revert, from the request to the result",
             "As suture-hv records it, and as a client in Xen's dom0 sees it.", "time (µs)")):
        series = both(results, action, kinds)
        if series:
            x_values = sorted({x for line in series for x, _ in line.points})
            figures.append(Figure(name, title, caption, "functions in the payload", y, series, x_values=x_values))
    return figures + xen_figures(results)


def xen_figures(results):
    """What only a client of stock Xen shows."""
    rows = [row for row in rows_with(results, "xen") if "functions" in row]
    series = [Series(f"{action}, {count} CPU{'s' if count > 1 else ''}",
                     points([row for row in rows if row["cpus"] == count], "functions", action, "client"),
                     colour=place * 2 + (0 if action == "upload" else 1), dashed=action == "list")
              for place, count in enumerate(values_of(rows, "cpus")) for action in ("upload", "list")
              if any("client" in row.get(action, {}) for row in rows)]
    if not series:
        return []
    return [Figure("xen_client", "Upload and list on stock Xen", "As a client in dom0 sees them.",
                   "functions in the payload", "time (µs)", series, x_values=values_of(rows, "functions"))]
