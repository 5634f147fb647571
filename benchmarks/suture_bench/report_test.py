# SPDX-License-Identifier: Apache-2.0
"""suture bench report: a browser opens the page and finds every plot drawn, every value there, and nothing to complain of.

    report_test.py SUTURE-BENCH RESULT.json...
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

from browser import Browser

BENCH, *RESULTS = (os.path.realpath(path) for path in sys.argv[1:])

# Of each plot: its size on the page, and how many of its shapes have a colour of their own, that is, are data.
PLOTS = """
[...document.querySelectorAll("figure")].map(figure => {
  const svg = figure.querySelector("svg");
  const box = svg.getBoundingClientRect();
  const shapes = [...svg.querySelectorAll("path, polygon, polyline, rect, use, circle")];
  const drawn = shapes.filter(shape => {
    const style = getComputedStyle(shape), area = shape.getBoundingClientRect();
    const coloured = value => { const c = (value.match(/\\d+/g) || []).map(Number);
                                return c.length >= 3 && Math.max(...c.slice(0, 3)) - Math.min(...c.slice(0, 3)) > 30; };
    return (coloured(style.stroke) || coloured(style.fill)) && area.width + area.height > 1;
  });
  return {name: figure.id, width: box.width, height: box.height, marks: drawn.length,
          inside: drawn.every(shape => { const a = shape.getBoundingClientRect();
                                         return a.left >= box.left - 2 && a.right <= box.right + 2; }),
          texts: [...svg.querySelectorAll("text")].map(text => text.textContent.trim()).filter(text => text),
          values: figure.querySelectorAll("td").length, colour: getComputedStyle(svg).color};
})
"""


def report(*arguments):
    return subprocess.run([BENCH, "bench", "report", *arguments], text=True, timeout=120, capture_output=True, check=False)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = os.path.join(cls.folder.name, "report.html")
        done = report("--output", cls.file, *RESULTS)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.browser.open(cls.file)
        cls.plots = cls.browser.evaluate(PLOTS)

    def test_every_plot_is_drawn(self):
        self.assertGreaterEqual(len(self.plots), 10)
        self.assertEqual(len({plot["name"] for plot in self.plots}), len(self.plots))
        for plot in self.plots:
            with self.subTest(plot["name"]):
                self.assertGreater(plot["width"], 400)
                self.assertGreater(plot["height"], 100)
                self.assertGreater(plot["marks"], 0)
                self.assertTrue(plot["inside"], "something is drawn outside of the plot")
                self.assertGreater(plot["values"], 1)

    def test_every_axis_with_a_quantity_has_a_unit(self):
        for plot in self.plots:
            with self.subTest(plot["name"]):
                self.assertTrue(any("(" in text and ")" in text for text in plot["texts"]), plot["texts"])

    def test_the_raw_data_is_what_was_given(self):
        given = []
        for path in RESULTS:
            with open(path, encoding="utf-8") as file:
                given.append(json.load(file))
        kept = self.browser.evaluate("[...document.querySelectorAll('script[type=\"application/json\"]')]"
                                     ".map(script => JSON.parse(script.textContent))")
        self.assertEqual(kept, given)
        shown = self.browser.evaluate("(() => { document.querySelector('[data-show]').click();"
                                      "  return document.querySelector('article pre').textContent; })()")
        self.assertEqual(json.loads(shown), given[0])

    def test_it_is_readable_on_light_and_on_dark(self):
        colours = {}
        for scheme in ("light", "dark"):
            self.browser.use_scheme(scheme)
            colours[scheme] = self.browser.evaluate("[getComputedStyle(document.body).backgroundColor, ...new Set("
                                                    "[...document.querySelectorAll('figure svg text')]"
                                                    ".map(text => getComputedStyle(text).fill))]")
            if folder := os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR"):
                self.browser.screenshot(os.path.join(folder, f"{scheme}.png"))
        brightness = {scheme: [sum(map(int, value[4:-1].split(","))) for value in all_of] for scheme, all_of in colours.items()}
        self.assertGreater(brightness["light"][0], max(brightness["light"][1:]) + 200)
        self.assertGreater(min(brightness["dark"][1:]), brightness["dark"][0] + 200)

    def test_nothing_is_fetched_and_nothing_complains(self):
        loaded = self.browser.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)"
                                       ".filter(name => !name.startsWith('data:'))")
        self.assertEqual(loaded, [])
        self.assertEqual(self.browser.complaints(), [])

    def test_a_page_that_complains_is_noticed(self):
        # The check above would be worth nothing if the browser's errors did not arrive.
        file = os.path.join(self.folder.name, "bad.html")
        with open(file, "w", encoding="utf-8") as page:
            page.write("<script>console.error('one'); missing();</script>")
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(file)
        self.assertGreaterEqual(len(browser.complaints()), 2)

    def test_what_is_no_result_is_refused_by_name(self):
        for name, text in (("empty.json", "{}"), ("cut.json", '{"benchmark": "apply", "rows": ['),
                           ("none.json", '{"benchmark": "apply", "rows": []}')):
            path = os.path.join(self.folder.name, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = report("--output", os.path.join(self.folder.name, "other.html"), path)
            self.assertEqual(done.returncode, 1)
            self.assertIn(name, done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder.name, "other.html")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
