"use strict";
// Filter and sort of the verdicts: all there is. Without it the page says the same, what asks for something first.
(() => {
  const table = document.getElementById("verdicts");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const words = document.getElementById("filter-text");
  const outcome = document.getElementById("filter-verdict");
  const shown = document.getElementById("shown");
  const count = (number) => number.toLocaleString("en");

  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    rows.forEach((row, place) => {
      const fits = (!outcome.value || row.dataset.v === outcome.value) &&
        wanted.every((word) => texts[place].includes(word));
      row.hidden = !fits;
      left += fits;
    });
    shown.textContent = `${count(left)} of ${count(rows.length)} shown`;
  };

  const key = (row, column) => row.cells[column].dataset.k ?? row.cells[column].textContent;
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const sort = (column, numbers, direction) => {
    const keys = new Map(rows.map((row) => [row, key(row, column)]));
    const order = numbers
      ? (a, b) => keys.get(a) - keys.get(b)
      : (a, b) => compare(keys.get(a), keys.get(b));
    body.append(...[...rows].sort((a, b) => direction * order(a, b)));
  };

  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const numbers = head.dataset.n !== undefined;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      // Numbers begin with the highest, which is what people look for.
      const rising = head.ariaSort ? head.ariaSort === "descending" : !numbers;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      sort(column, numbers, rising ? 1 : -1);
    });
  });

  words.addEventListener("input", filter);
  outcome.addEventListener("change", filter);
  document.getElementById("filters").hidden = false;
  filter();
})();
