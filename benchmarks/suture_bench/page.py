# SPDX-License-Identifier: Apache-2.0
"""The report's page: sections of figures, the values behind each, how it was measured, and the raw data, in one file."""
import html
import json
import os

from figure import draw, table


def resource(name):
    """A file beside this one, whether in a folder or in the archive that `suture bench` is."""
    return __loader__.get_data(os.path.join(os.path.dirname(__file__), name)).decode()


def number(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return html.escape(value)
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def rows_of(rows, cell="td"):
    return "".join("<tr>" + "".join(f"<{cell}>{number(value)}</{cell}>" for value in row) + "</tr>" for row in rows)


def table_html(head, rows):
    return (f'<div class="scroll"><table><thead>{rows_of([head], "th")}</thead><tbody>{rows_of(rows)}</tbody></table></div>')


def figure_html(figure):
    return (f'<figure id="{figure.name}"><h3>{html.escape(figure.title)}</h3><p>{html.escape(figure.caption)}</p>'
            f'{draw(figure)}<details><summary>Values</summary>{table_html(*table(figure))}</details></figure>')


def section_html(section):
    figures = "".join(figure_html(figure) for figure in section.figures)
    return (f'<section id="{section.name}"><h2>{html.escape(section.title)}</h2><p>{html.escape(section.text)}</p>'
            f'<div class="figures">{figures}</div></section>')


def goals_html(goals):
    """The figures that have a floor or a goal."""
    if not goals:
        return ""
    rows = "".join(
        f'<tr><td>{html.escape(goal.what)}</td><td class="strong">{html.escape(goal.measured)}</td>'
        f'<td>{html.escape(goal.floor)}</td><td>{html.escape(goal.distance)}</td><td>{html.escape(goal.goal)}</td>'
        f'<td><span class="{"met" if goal.met else "missed"}">{"met" if goal.met else "not met"}</span></td></tr>'
        for goal in goals)
    return ('<section id="glance"><h2>At a glance</h2><div class="scroll"><table class="goals"><thead><tr><th>What</th>'
            '<th>Measured</th><th>Floor</th><th>Distance</th><th>Goal</th><th></th></tr></thead>'
            f'<tbody>{rows}</tbody></table></div></section>')


def script_json(value):
    """JSON that may stand in a script element."""
    return json.dumps(value, separators=(",", ":")).replace("</", "<\\/")


def sources_html(sources):
    """Each input: what made it, where, and the data itself."""
    parts = []
    for index, source in enumerate(sources):
        facts = "".join(f"<dt>{html.escape(key)}</dt><dd>{html.escape(str(value))}</dd>" for key, value in source.facts)
        parts.append(
            f'<article><h3>{html.escape(source.name)}</h3><dl>{facts}</dl><p><button data-raw="raw-{index}" '
            f'data-name="{html.escape(source.name)}">Download</button> <button data-show="raw-{index}">Show</button></p>'
            f'<pre hidden></pre><script type="application/json" id="raw-{index}">{script_json(source.data)}</script></article>')
    return f'<section id="sources"><h2>How it was measured, and the raw data</h2>{"".join(parts)}</section>'


def page_html(title, subtitle, goals, sections, sources):
    links = [("glance", "At a glance")] if goals else []
    links += [(section.name, section.title) for section in sections] + [("sources", "Raw data")]
    navigation = "".join(f'<a href="#{name}">{html.escape(text)}</a>' for name, text in links)
    parts = {"title": html.escape(title), "subtitle": html.escape(subtitle), "navigation": navigation,
             "body": goals_html(goals) + "".join(map(section_html, sections)) + sources_html(sources)}
    page = resource("page.html")
    for key, value in parts.items():
        page = page.replace("{{" + key + "}}", value, 1 if key == "body" else -1)
    return page
