# SPDX-License-Identifier: Apache-2.0
"""suture bench report: one HTML file with plots, values, machine, versions, commands and raw data, from results in JSON."""
import dataclasses
import json
import os
import shlex
import sys

from apply_figures import comparison_figures, hypervisor_figures
from build_figures import build_figures
from goals import goals_of
from machine import Failed
from page import page_html
from program_figures import program_figures


@dataclasses.dataclass
class Section:
    name: str
    title: str
    text: str
    figures: list


@dataclasses.dataclass
class Source:
    """One input file."""
    name: str
    kind: str
    facts: list
    data: dict


def add_arguments(parser):
    parser.add_argument("--output", required=True, metavar="FILE.html")
    parser.add_argument("--title", default="Suture: from a diff to patched code, measured")
    parser.add_argument("results", nargs="+", metavar="RESULT.json",
                        help="of `suture bench apply`, `suture bench build`, or a benchmark program's "
                             "--benchmark_out_format=json --benchmark_out")


def kind_of(data, path):
    if isinstance(data, dict) and data.get("benchmark") in ("apply", "build") and data.get("rows"):
        return data["benchmark"]
    if isinstance(data, dict) and data.get("benchmarks") and "context" in data:
        return "program"
    raise Failed(f"{path}: neither a result of `suture bench` nor of a Google Benchmark program, or without any measurement")


def facts_of(data, kind):
    """What the reader has to know to repeat it."""
    if kind == "program":
        context = data["context"]
        return [("program", os.path.basename(context["executable"])), ("started", context["date"]),
                ("processors", f"{context['num_cpus']} at {context['mhz_per_cpu']} MHz"),
                ("load average", ", ".join(f"{load:.1f}" for load in context["load_avg"])),
                ("library", "Google Benchmark")]
    run = data["run"]
    facts = [("command", shlex.join(run["command"])), ("started", run["started"]),
             ("processors", f"{run['processors']} x {run['processor']}"),
             ("load average", ", ".join(f"{load:.1f}" for load in run["loadAverage"])), ("kernel", run["kernel"]),
             ("emulator", run["qemu"]), ("compiler", run["compiler"])]
    if kind == "apply":
        facts += [("target", data["target"]), ("rounds", data["rounds"]),
                  ("clock", f"{2 ** data['icountShift']} ns an instruction, all CPUs in one thread")]
    if "rebuild" in data:
        facts.append(("rebuild", data["rebuild"]["command"]))
    return [(key, value) for key, value in facts if value is not None]


def read_source(path):
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
    except ValueError as error:
        raise Failed(f"{path}: no JSON: {error}") from error
    kind = kind_of(data, path)
    try:
        return Source(os.path.basename(path), kind, facts_of(data, kind), data)
    except KeyError as error:
        raise Failed(f"{path}: has no {error}") from error


def sections_of(inputs):
    sections = [
        Section("hypervisor", "The apply path in suture-hv", "In virtual time that counts instructions, so that the machine "
                "it ran on is not in it. Both axes are logarithmic.", hypervisor_figures(inputs["apply"])),
        Section("xen", "suture-hv and stock Xen", "The same payload shapes, on the same machine, in turn.",
                comparison_figures(inputs["apply"])),
        Section("build", "From diff to payload", "", build_figures(inputs["build"])),
        Section("runtime", "The runtime on the host platform", "Processor time, each with its floor where there is one. Both "
                "axes are logarithmic.", program_figures(inputs["program"])),
    ]
    return [section for section in sections if section.figures]


def run(options):
    sources = [read_source(path) for path in options.results]
    inputs = {kind: [source.data for source in sources if source.kind == kind] for kind in ("apply", "build", "program")}
    sections = sections_of(inputs)
    if not sections:
        raise Failed("there is nothing to plot in these results")
    started = [data["run"]["started"] for data in inputs["apply"] + inputs["build"]]
    started += [data["context"]["date"] for data in inputs["program"]]
    subtitle = f"{len(sources)} result{'s' if len(sources) > 1 else ''}, measured {min(started)[:10]}" + \
        (f" to {max(started)[:10]}" if max(started)[:10] != min(started)[:10] else "")
    page = page_html(options.title, subtitle, goals_of(inputs), sections, sources)
    with open(options.output, "w", encoding="utf-8") as file:
        file.write(page)
    print(f"{options.output}: {sum(len(section.figures) for section in sections)} plots, {len(page) // 1024} KiB",
          file=sys.stderr)
