// One image: its picture, settings, corrections, table and downloads.

import { call, labels, picture } from "./client.js";
import { plural, said, setBar, share } from "./list.js";
import { Table } from "./table.js";
import { Viewer } from "./viewer.js";

const $ = (id) => document.getElementById(id);
const MOST_POINTS = 2000;
const SLIDER_MS = 200;
const TOUCH = matchMedia("(pointer: coarse)").matches;
const HINTS = {
  select: TOUCH
    ? "Tap cells to select them, tap beside them to clear. Drag to move, pinch to zoom."
    : "Click a cell to select it, Shift-click for more. Drag to move, scroll to zoom.",
  split: "Draw a line across a cell, from outside to outside.",
  draw: "Draw around a new cell. Other cells stay as they are.",
};

export class Editor {
  // listeners: say(text), ask(question, yes), changed(job)
  constructor(listeners) {
    this.listeners = listeners;
    this.job = null;
    this.chosen = new Set();
    // Counts this page's changes: answers from before one are of no use.
    this.version = 0;
    this.working = Promise.resolve();
    this.viewer = new Viewer($("canvas"), {
      select: (label, add) => this.select(label, add, true),
      line: (points) => this.split(points),
      outline: (points) => this.edit({ op: "draw", outline: thin(points, 3) }),
    });
    this.table = new Table($("table"), { select: (label, add) => this.select(label, add, false) });
    this.wire();
  }

  wire() {
    for (const button of document.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.setMode(button.dataset.mode));
    }
    $("delete").addEventListener("click", () => this.deleteChosen());
    $("merge").addEventListener("click", () => this.mergeChosen());
    $("undo").addEventListener("click", () => this.undo());
    $("in").addEventListener("click", () => this.viewer.zoom(1.4));
    $("out").addEventListener("click", () => this.viewer.zoom(1 / 1.4));
    $("fit").addEventListener("click", () => this.viewer.fit());
    $("cover").addEventListener("click", () => this.toggleCells());
    $("train").addEventListener("click", () => this.saveTraining());
    $("threshold").addEventListener("input", () => this.setting());
    $("area").addEventListener("input", () => {
      $("area-value").value = $("area").value;
      this.setting();
    });
    $("area-value").addEventListener("change", () => {
      $("area").value = $("area-value").value;
      this.setting();
    });
    addEventListener("keydown", (event) => this.key(event));
    this.setMode("select");
  }

  // What is shown

  show(job) {
    const other = job?.id !== this.job?.id;
    if (other) this.leave();
    const stale = job?.state === "done" && (other || this.revision !== job.revision);
    this.job = job;
    const done = job?.state === "done";
    $("empty").hidden = Boolean(job);
    $("tools").hidden = $("panel").hidden = !done;
    $("hint").hidden = !done;
    $("canvas").hidden = !job?.picture;
    this.showBusy(job);
    if (job?.picture && !this.pictured) this.loadPicture(job);
    if (stale) this.loadCells(job);
    if (done) this.showState(job);
  }

  leave() {
    this.revision = null;
    this.pictured = false;
    this.chosen = new Set();
    this.viewer.clear();
    this.table.show([]);
    this.setMode("select");
    clearTimeout(this.timer);
  }

  showBusy(job) {
    const busy = Boolean(job) && job.state !== "done";
    $("busy").hidden = !busy;
    if (!busy) return;
    $("busy").classList.toggle("failed", job.state === "failed");
    $("busy").classList.toggle("alone", !job.picture);
    $("busy-text").textContent = job.state === "failed" ? job.error : `${job.name}: ${said(job)}`;
    $("busy-bar").hidden = job.state === "failed";
    setBar($("busy-bar"), share(job));
  }

  async loadPicture(job) {
    this.pictured = true;
    try {
      const image = await picture(job.id);
      if (this.job?.id !== job.id) return;
      this.viewer.setImage(image);
      this.viewer.paint();
    } catch (error) {
      this.pictured = false;
      this.listeners.say(error.message);
    }
  }

  async loadCells(job) {
    this.revision = job.revision;
    try {
      const found = await labels(job.id);
      if (this.job?.id !== job.id || this.revision !== job.revision) return;
      this.viewer.setLabels(found);
      const { cells } = await call(`/api/jobs/${job.id}/cells`);
      if (this.job?.id !== job.id || this.revision !== job.revision) return;
      this.cells = new Map(cells.map((cell) => [cell.label, cell]));
      this.table.show(cells);
      this.choose(new Set([...this.chosen].filter((label) => this.cells.has(label))), false);
    } catch (error) {
      if (this.revision === job.revision) this.revision = null;
      this.listeners.say(error.message);
    }
  }

  showState(job) {
    $("number").textContent = job.cells.toLocaleString("en");
    $("noun").textContent = job.cells === 1 ? "cell" : "cells";
    const facts = [`${job.width} × ${job.height} px`];
    if (job.pixel_size_um) facts.push(`${Number(job.pixel_size_um.toPrecision(4))} µm/px`);
    if (job.corrections) facts.push(plural(job.corrections, "correction"));
    $("facts").textContent = [job.name, ...facts].join(" · ");
    if (!this.sliding) {
      $("threshold").value = job.threshold;
      $("area").value = $("area-value").value = job.min_area;
    }
    $("threshold-value").value = Number($("threshold").value).toFixed(2);
    $("undo").disabled = !job.can_undo;
    for (const link of document.querySelectorAll("#downloads a")) {
      link.href = `/api/jobs/${job.id}/${link.dataset.file}`;
      link.download = "";
    }
    $("train").textContent = job.saved ? "Saved as training data" : "Save as training data";
    $("train").disabled = job.saved;
    this.showChosen();
  }

  showChosen() {
    $("delete").disabled = this.chosen.size === 0;
    $("merge").disabled = this.chosen.size < 2;
    const mode = this.viewer.mode;
    const cell = this.chosen.size === 1 ? this.cells?.get([...this.chosen][0]) : null;
    if (mode !== "select" || !this.chosen.size) $("hint").textContent = HINTS[mode];
    else if (cell) $("hint").textContent = `Cell ${cell.label}: ${plural(cell.area_px, "pixel")}${cell.touches_border ? ", cut by the border" : ""}.${TOUCH ? "" : " Del deletes it."}`;
    else $("hint").textContent = `${plural(this.chosen.size, "cell")} selected.${TOUCH ? "" : " M merges, Del deletes them."}`;
  }

  // Choosing

  select(label, add, fromPicture) {
    const chosen = new Set(add && label ? this.chosen : []);
    if (add && chosen.has(label)) chosen.delete(label);
    else if (label) chosen.add(label);
    this.choose(chosen, fromPicture);
    const cell = this.cells?.get(label);
    if (!fromPicture && cell) this.viewer.show(cell.centroid_x + 0.5, cell.centroid_y + 0.5);
  }

  choose(chosen, follow) {
    this.chosen = chosen;
    this.viewer.setChosen(chosen);
    this.table.setChosen(chosen, follow);
    this.showChosen();
  }

  setMode(mode) {
    this.viewer.setMode(mode);
    for (const button of document.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    this.showChosen();
  }

  toggleCells() {
    const show = $("cover").getAttribute("aria-pressed") !== "true";
    $("cover").setAttribute("aria-pressed", String(show));
    this.viewer.setShowCells(show);
  }

  // Changing: one request after the other, in the order of the clicks

  change(path, body) {
    const id = this.job.id;
    const work = this.working.then(async () => {
      this.version++;
      try {
        const job = await call(`/api/jobs/${id}/${path}`, { method: "POST", body: body?.() });
        this.version++;
        this.listeners.changed(job);
        if (this.job?.id === id) this.show(job);
        return job;
      } catch (error) {
        this.listeners.say(error.message);
        return null;
      }
    });
    this.working = work;
    return work;
  }

  edit(change) {
    return this.change("edits", () => ({ ...change, revision: this.job.revision }));
  }

  async deleteChosen() {
    if (!this.chosen.size) return;
    const labels = [...this.chosen];
    this.choose(new Set(), false);
    await this.edit({ op: "delete", labels });
  }

  async mergeChosen() {
    if (this.chosen.size < 2) return;
    const labels = [...this.chosen];
    if (await this.edit({ op: "merge", labels })) this.choose(new Set([Math.min(...labels)]), true);
  }

  async split(points) {
    const label = this.cellUnder(points);
    if (!label) return this.listeners.say("The line crosses no cell: draw it across one.");
    this.choose(new Set(), false);
    await this.edit({ op: "split", label, line: thin(points, 2) });
  }

  // The cell that most of the line lies in.
  cellUnder(points) {
    const counts = new Map();
    for (let i = 1; i < points.length; i++) {
      const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
      const steps = Math.ceil(2 * Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 0.5));
      for (let step = 0; step < steps; step++) {
        const label = this.viewer.labelAt([x0 + ((x1 - x0) * step) / steps, y0 + ((y1 - y0) * step) / steps]);
        if (label) counts.set(label, (counts.get(label) || 0) + 1);
      }
    }
    return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0])[0];
  }

  undo() {
    if (this.job?.can_undo) this.change("undo");
  }

  async saveTraining() {
    try {
      const saved = await call(`/api/jobs/${this.job.id}/save-training`, { method: "POST" });
      this.version++;
      this.listeners.changed({ ...this.job, saved: true });
      this.show({ ...this.job, saved: true });
      this.listeners.say(`Saved as ${saved.labels} in the server's folder.`);
    } catch (error) {
      this.listeners.say(error.message);
    }
  }

  // Settings: the last value wins, one request at a time

  setting() {
    $("threshold-value").value = Number($("threshold").value).toFixed(2);
    this.sliding = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.decode(), SLIDER_MS);
  }

  async decode() {
    const { corrections } = this.job;
    const question = `Other settings discard ${plural(corrections, "correction")}. Undo brings them back.`;
    const discard = corrections > 0 && (await this.listeners.ask(question, "Discard"));
    if (corrections > 0 && !discard) {
      this.sliding = false;
      return this.showState(this.job);
    }
    this.choose(new Set(), false);
    const area = Math.max(0, Math.round(Number($("area-value").value) || 0));
    const settings = { threshold: Number($("threshold").value), min_area: area, discard_corrections: discard };
    const before = this.timer;
    await this.change("decode", () => settings);
    // Moved on meanwhile: another request is on its way.
    if (before === this.timer) {
      this.sliding = false;
      this.showState(this.job);
    }
  }

  key(event) {
    if (this.job?.state !== "done" || $("confirm").open || event.altKey) return;
    const typing = event.target instanceof HTMLInputElement;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z" && event.target.type !== "number") {
      event.preventDefault();
      return this.undo();
    }
    if (typing || command) return;
    const actions = {
      v: () => this.setMode("select"), s: () => this.setMode("split"), n: () => this.setMode("draw"),
      m: () => this.mergeChosen(), c: () => this.toggleCells(), 0: () => this.viewer.fit(),
      "+": () => this.viewer.zoom(1.4), "=": () => this.viewer.zoom(1.4), "-": () => this.viewer.zoom(1 / 1.4),
      Delete: () => this.deleteChosen(), Backspace: () => this.deleteChosen(),
      Escape: () => (this.viewer.mode === "select" ? this.choose(new Set(), false) : this.setMode("select")),
    };
    actions[event.key]?.();
  }
}

// At most as many points as the server takes, to a hundredth of a pixel; at least so many.
function thin(points, least) {
  const step = Math.max(1, Math.ceil(points.length / (MOST_POINTS - 1)));
  const kept = points.filter((_, i) => i % step === 0 || i === points.length - 1);
  while (kept.length < least) kept.push(kept.at(-1));
  return kept.map(([x, y]) => [Math.round(100 * x) / 100, Math.round(100 * y) / 100]);
}
