"""The report as one page: an overview in, the text of one HTML file out. Pure: same inputs, same bytes.

Every view (`heat_map`, `control_charts`, …) turns findings into frozen values that are text and whole numbers
already; the template only places them, and escapes them all. Nothing is fetched: a policy in the page's head
forbids it: only this page's own style and script may run, by their hashes.

Charts are drawn by the template. Compared for one chart of 52 weeks: here 40 lines of geometry, 1.5 KB on
the page and half a millisecond; pygal 3.1 makes 54 KB in 13 ms (54 MB and 13 s for a thousand cells), with
a style in each chart, which the page's policy forbids, and a script from the web; charts that a reader's
browser has to draw would be empty without JavaScript.
"""

from bot.page.whole import html_page as html_page
