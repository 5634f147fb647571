# SPDX-License-Identifier: Apache-2.0
"""Results for people: a line while it runs, a table and a summary at the end."""
import statistics


def reasons(result):
    """Why a fix was refused, in short: each code once, with what it is about."""
    subjects = {}
    for row in result["report"].get("refusals", []):
        subjects.setdefault(row["code"], []).append(row["subject"] or (row["location"] or {}).get("file", ""))
    return "; ".join(f"{code}: {', '.join(sorted(set(names))[:3])}{' ...' if len(set(names)) > 3 else ''}"
                     for code, names in subjects.items())


def share(result):
    """Allocated bytes against those of the changed and new functions, in per cent."""
    check = result.get("set")
    return f"{100 * check['allocatedBytes'] / check['wantedBytes']:.0f} %" if check and check["wantedBytes"] else ""


def line(result):
    """One fix in a line, faults below it."""
    check = result.get("set", {})
    functions = f"{check['replaced']}/{check['changed']} functions, {share(result)}" if check else reasons(result)
    text = (f"{result['fix'][:10]} {result['outcome']:8} {result['seconds']:6.1f} s {result['cpuSeconds']:6.1f} s CPU "
            f"{result['peakBytes'] >> 20:5} MiB  {functions}  | {result['subject'][:60]}")
    text += "".join(f"\n    extra {row['function']} ({row['why']})" for row in check.get("extra", []))
    return text + "".join(f"\n    WRONG {fault}" for fault in result["faults"])


def cell(text):
    """Text that cannot break a table's row."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(results):
    """All fixes as a Markdown table."""
    rows = ["| Fix | Subject | Result | Functions | Seconds | Peak MiB | Bytes | Why, where refused |", "|---|---|---|---|---|---|---|---|"]
    for result in results:
        check = result.get("set", {})
        outcome = "WRONG" if result["faults"] else result["outcome"]
        rows.append("| " + " | ".join([f"`{result['fix'][:10]}`", cell(result["subject"]), outcome, str(check.get("replaced", "")),
                                      f"{result['seconds']:.1f}", str(result["peakBytes"] >> 20), share(result),
                                      cell(reasons(result))]) + " |")
    return "\n".join(rows) + "\n"


def percentile(values, part):
    """The value that `part` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def summary(results):
    """Counts and times in a few lines."""
    outcomes = [result["outcome"] for result in results]
    seconds = [result["seconds"] for result in results]
    counts = ", ".join(f"{outcomes.count(name)} {name}" for name in ("payload", "refused", "nothing", "failed"))
    return (f"{len(results)} fixes: {counts}; {sum(bool(result['faults']) for result in results)} wrong\n"
            f"seconds: median {statistics.median(seconds):.1f}, 95 % {percentile(seconds, 0.95):.1f}, longest {max(seconds):.1f}; "
            f"peak memory {max(result['peakBytes'] for result in results) >> 20} MiB")
