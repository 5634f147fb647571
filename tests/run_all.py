# SPDX-License-Identifier: Apache-2.0
"""Runs the test targets of each configuration and counts what Bazel says of every one.

Bazel's exit code says that something failed; its event file says what ran. A target that did not build or did not run
counts as failed, and a run that executed nothing fails.
"""
import json
import os
import subprocess
import sys
import tempfile

# (name, Bazel's options). Tags in BUILD files choose: "e2e" runs on the binaries that users run, "lint" on the checkout,
# all else under ASan and UBSan; "threads" runs under TSan as well.
CONFIGURATIONS = [
    ("sanitizers", ["--config=asan", "--test_tag_filters=-e2e,-lint"]),
    ("threads", ["--config=tsan", "--test_tag_filters=threads"]),
    ("end to end", ["--test_tag_filters=e2e,lint"]),
]


def outcomes(event_file):
    """Yields (label, passed) for each test target that Bazel meant to run."""
    with open(event_file, encoding="utf-8") as events:
        for line in events:
            event = json.loads(line)
            if "testSummary" in event:
                yield event["id"]["testSummary"]["label"], event["testSummary"]["overallStatus"] == "PASSED"


def run(name, options):
    """Runs one configuration; returns {label: passed} and Bazel's exit code."""
    print(f"== {name}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        event_file = os.path.join(scratch, "events.json")
        code = subprocess.call(["bazel", "test", "--keep_going", "--build_tests_only", "--noshow_progress",
                                f"--build_event_json_file={event_file}", *options, "//..."])
        results = dict(outcomes(event_file)) if os.path.exists(event_file) else {}
    return results, code


def main():
    passed, failed = 0, []
    for name, options in CONFIGURATIONS:
        results, code = run(name, options)
        passed += sum(results.values())
        failed += [f"{label} ({name})" for label, good in sorted(results.items()) if not good]
        # 0: all passed; 3: some tests failed, counted above. A configuration without a test (4) fails too.
        if code not in (0, 3) or (code == 3 and all(results.values())):
            failed.append(f"{name}: bazel test ended with exit code {code}")
    for label in failed:
        print(f"FAILED {label}")
    print(f"{passed} passed, {len(failed)} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
