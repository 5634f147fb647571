# SPDX-License-Identifier: Apache-2.0
"""A figure of the report: what is in it, and drawing it as SVG with gnuplot.

The SVG goes into the page itself, so that the page's style sheet colours its axes and text: they are `currentColor`.
"""
import dataclasses
import html
import math
import re
import subprocess

from machine import Failed

# Of middling lightness: readable on white and on black. By the place in the order, so that more CPUs are always "warmer".
COLOURS = ["#2f7ed8", "#1a9fb5", "#2a9d6f", "#7f9c1e", "#c9951a", "#dd6b2b", "#c9366f", "#8a63d2"]
GREY = "#8b929c"


@dataclasses.dataclass
class Series:
    """A line, its points in order of x. A `floor`, below which the work cannot be, is dotted: in the colour of whose floor
    it is, or grey."""
    label: str
    points: list
    floor: bool = False
    dashed: bool = False
    # Its place in COLOURS; by default, its place among the figure's series.
    colour: int | None = None


@dataclasses.dataclass
class Bars:
    """Horizontal stacked bars: one a row, a segment for each of `labels`."""
    labels: list
    rows: list  # (name, [length of each segment])


@dataclasses.dataclass
class Figure:
    """Axis titles have the unit in parentheses. `second` is (title, factor from y) of an axis at the right."""
    name: str
    title: str
    caption: str
    x: str
    y: str
    content: list | Bars
    second: tuple | None = None
    log_x: bool = True
    log_y: bool = True
    x_values: list = dataclasses.field(default_factory=list)
    # Lines that belong together stand below each other in the key: so many.
    key_rows: int = 2


def quoted(text):
    """A string as gnuplot reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def style(index, series):
    if series.floor:
        return f"lc rgb '{GREY if series.colour is None else COLOURS[series.colour % len(COLOURS)]}' lw 2 dt (2,4) ps 0"
    colour = COLOURS[(index if series.colour is None else series.colour) % len(COLOURS)]
    return f"lc rgb '{colour}' lw 2 {'dt (4,3) pt 6' if series.dashed else 'pt 7'} ps 0.45"


def line_commands(figure):
    """What gnuplot is told to draw lines."""
    rows = min(figure.key_rows, len(figure.content))
    yield f"set key maxrows {rows}\nset tmargin {rows + 1}"
    yield f"set logscale {'x' if figure.log_x else ''}{'y' if figure.log_y else ''}" if figure.log_x or figure.log_y else ""
    ticks = ", ".join(f"'{short(value)}' {value}" for value in figure.x_values)
    if ticks:
        yield f"set xtics ({ticks})"
        low, high = figure.x_values[0], figure.x_values[-1]
        yield f"set xrange [{low / 1.25}:{high * 1.25}]" if figure.log_x else ""
    yield f"set ylabel {quoted(figure.y)}"
    if figure.second:
        # Of its own range, which gnuplot has no way to link to a logarithmic one: the data's, rounded to whole decades.
        title, factor = figure.second
        values = [y for series in figure.content for _, y in series.points if y > 0]
        low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))
        yield f"set logscale y2\nset y2label {quoted(title)}\nset ytics nomirror\nset y2tics\nset format y2 '%.0s%c'"
        yield f"set yrange [{low}:{high}]\nset y2range [{low * factor}:{high * factor}]"
    plots = []
    for index, series in enumerate(figure.content):
        yield f"$data{index} << EOD\n" + "\n".join(f"{x} {y}" for x, y in series.points) + "\nEOD"
        plots.append(f"$data{index} using 1:2 with linespoints {style(index, series)} title {quoted(series.label)}")
    yield "plot " + ", ".join(plots)


def bar_commands(figure):
    """What gnuplot is told to draw bars: boxes from where the last segment ended to where the next begins."""
    bars, plots = figure.content, []
    count = len(bars.rows)
    yield "set ytics (" + ", ".join(f"{quoted(name)} {count - index}" for index, (name, _) in enumerate(bars.rows)) + ")"
    if len(bars.labels) > 1:
        yield "set key at screen 0.01, screen 0.99 left top horizontal maxcols 4\nset tmargin 3.5"
    else:
        yield "unset key\nset tmargin 0.5"
    yield f"set yrange [0.4:{count + 0.6}]\nset xrange [0:*]\nunset grid\nset grid x lc rgb '{GREY}' lw 0.5 dt 3"
    for place, label in enumerate(bars.labels):
        boxes = [f"{sum(parts[:place])} {count - index} {sum(parts[:place])} {sum(parts[:place + 1])}"
                 for index, (_, parts) in enumerate(bars.rows)]
        yield f"$data{place} << EOD\n" + "\n".join(boxes) + "\nEOD"
        plots.append(f"$data{place} using 1:2:3:4:($2-0.32):($2+0.32) with boxxyerror fs solid 1 noborder lc rgb "
                     f"'{COLOURS[place % len(COLOURS)]}' title {quoted(label)}")
    yield "plot " + ", ".join(plots)


def short(value):
    """A number as on an axis: 5000 is 5k, 4096 is 4Ki."""
    for limit, suffix in ((2**20, "Mi"), (2**10, "Ki")):
        if value >= limit and value % limit == 0:
            return f"{value // limit}{suffix}"
    for limit, suffix in ((10**6, "M"), (10**3, "k")):
        if value >= limit:
            return f"{value / limit:g}{suffix}"
    return f"{value:g}"


def script(figure):
    is_bars = isinstance(figure.content, Bars)
    height = (130 if len(figure.content.labels) > 1 else 80) + 26 * len(figure.content.rows) if is_bars else 380
    head = ["set encoding utf8", f"set terminal svg size 660,{height} dynamic noenhanced font 'sans-serif,14' name {quoted(figure.name)}",
            f"set xlabel {quoted(figure.x)}", "set border 3 lw 1", "set tics nomirror out scale 0.5",
            f"set grid lc rgb '{GREY}' lw 0.5 dt 3", "set format y '%.10g'",
            "set key at screen 0.01, screen 0.985 left top vertical reverse Left samplen 2 width 1"]
    return "\n".join(head + list(bar_commands(figure) if is_bars else line_commands(figure))) + "\n"


def draw(figure):
    """The figure as an <svg> element."""
    try:
        done = subprocess.run(["gnuplot", "-"], input=script(figure), text=True, capture_output=True, timeout=60, check=False)
    except FileNotFoundError as error:
        raise Failed("no gnuplot to draw the plots with: install gnuplot-nox") from error
    if done.returncode != 0 or "<svg" not in done.stdout:
        raise Failed(f"gnuplot did not draw {figure.name}: {done.stderr}")
    svg = done.stdout[done.stdout.index("<svg"):]
    svg = re.sub(r"<title>.*?</title>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<desc>.*?</desc>", f"<title>{html.escape(figure.title)}</title>", svg, count=1, flags=re.DOTALL)
    # Ids are the page's: two figures must not share one.
    svg = re.sub(r"\bid='(\w+)'", rf"id='{figure.name}-\1'", svg)
    svg = re.sub(r"(href='|url\()#(\w+)", rf"\1#{figure.name}-\2", svg)
    # What has no colour of its own takes the page's; gnuplot names one all the same, for currentColor itself.
    svg = re.sub(r' color="\w+"', "", svg)
    svg = re.sub(r"(stroke|fill)\s*=\s*(['\"])(?:black|rgb\(\s*0,\s*0,\s*0\))\2", r"\1='currentColor'", svg)
    return svg.replace("rgb(  0,   0,   0)", "currentColor")


def table(figure):
    """The figure's values: (column titles, rows)."""
    if isinstance(figure.content, Bars):
        return ["", *figure.content.labels], [[name, *parts] for name, parts in figure.content.rows]
    at = [dict(series.points) for series in figure.content]
    return ([figure.x, *(series.label for series in figure.content)],
            [[x, *(values.get(x) for values in at)] for x in sorted({x for values in at for x in values})])
