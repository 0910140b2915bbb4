// The table of cells, linked to the picture; one row takes the focus, arrow keys move it.

import { colour } from "./viewer.js";

const MOST_ROWS = 2000;

export class Table {
  // listeners: select(label, add)
  constructor(element, listeners) {
    this.body = element.querySelector("tbody");
    this.more = element.querySelector("#more");
    this.heads = [...element.querySelectorAll("th button")];
    this.areaHead = element.querySelector("#area-head");
    this.listeners = listeners;
    this.order = { key: "label", down: false };
    this.cells = [];
    this.rows = new Map();
    this.chosen = new Set();
    for (const head of this.heads) head.addEventListener("click", () => this.sortBy(head.dataset.sort));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("keydown", (event) => this.key(event));
  }

  show(cells) {
    const scaled = cells.some((cell) => cell.area_um2 !== null && cell.area_um2 !== undefined);
    this.areaHead.textContent = scaled ? "Area, µm²" : "Area, px";
    this.cells = cells.map((cell) => ({ ...cell, area: scaled ? cell.area_um2 : cell.area_px }));
    this.fill();
  }

  sortBy(key) {
    // The largest first is what one looks for; numbers start at 1.
    this.order = { key, down: this.order.key === key ? !this.order.down : key !== "label" };
    for (const head of this.heads) {
      const cell = head.parentElement;
      if (head.dataset.sort === key) cell.setAttribute("aria-sort", this.order.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
    this.fill();
  }

  fill() {
    const { key, down } = this.order;
    const sorted = [...this.cells].sort((a, b) => (down ? b[key] - a[key] : a[key] - b[key]) || a.label - b.label);
    const shown = sorted.slice(0, MOST_ROWS);
    this.rows = new Map(shown.map((cell) => [cell.label, this.row(cell)]));
    this.body.replaceChildren(...this.rows.values());
    this.more.hidden = sorted.length <= MOST_ROWS;
    this.more.textContent = `The first ${MOST_ROWS}; the CSV file has all ${sorted.length}.`;
    this.mark();
  }

  row(cell) {
    const row = document.createElement("tr");
    row.dataset.label = cell.label;
    row.tabIndex = -1;
    const area = cell.area >= 100 || Number.isInteger(cell.area) ? Math.round(cell.area).toLocaleString("en") : cell.area.toPrecision(3);
    for (const text of [cell.label, area, cell.confidence === null ? "" : cell.confidence.toFixed(2)]) {
      const field = document.createElement("td");
      field.textContent = text;
      row.append(field);
    }
    const dot = document.createElement("i");
    dot.style.background = `rgb(${colour(cell.label).join(" ")})`;
    row.firstChild.prepend(dot);
    return row;
  }

  setChosen(chosen, follow) {
    this.chosen = chosen;
    this.mark();
    const row = this.rows.get([...chosen].at(-1));
    if (row && follow) row.scrollIntoView({ block: "nearest" });
  }

  mark() {
    let first = null;
    for (const [label, row] of this.rows) {
      const chosen = this.chosen.has(label);
      row.setAttribute("aria-selected", String(chosen));
      row.tabIndex = -1;
      if (chosen) first ??= row;
    }
    const entry = first || this.body.firstElementChild;
    if (entry) entry.tabIndex = 0;
  }

  click(event) {
    const row = event.target.closest("tr");
    if (row) this.listeners.select(Number(row.dataset.label), event.shiftKey || event.ctrlKey || event.metaKey);
  }

  key(event) {
    const row = event.target.closest("tr");
    if (!row) return;
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (next) {
      next.focus();
      event.preventDefault();
    } else if (event.key === "Enter" || event.key === " ") {
      this.listeners.select(Number(row.dataset.label), event.shiftKey || event.ctrlKey || event.metaKey);
      event.preventDefault();
    }
  }
}
