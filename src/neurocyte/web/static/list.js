// The list of images: those being sent, those that wait, those that are done.

const stages = {
  waiting: (p) => (p.ahead ? `waiting, ${p.ahead} ahead` : "waiting"),
  reading: () => "reading",
  segmenting: (p) => (p.share ? `segmenting, ${Math.round(100 * p.share)} %` : "segmenting"),
  separating: () => "separating cells",
  saving: () => "saving",
};

export const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

export function said(job) {
  if (job.state === "failed") return job.error;
  if (job.state === "done") return plural(job.cells, "cell");
  return job.progress ? stages[job.progress.stage](job.progress) : "waiting";
}

// undefined: nothing to show; null: busy, nobody knows how long.
export function share(job) {
  if (job.state === "done" || job.state === "failed") return undefined;
  if (!job.progress || job.progress.stage === "waiting") return 0;
  if (job.progress.stage === "separating") return null;
  return job.progress.stage === "saving" ? 1 : job.progress.share || null;
}

export class List {
  // listeners: open(id), remove(entry)
  constructor(element, listeners) {
    this.element = element;
    this.listeners = listeners;
    this.items = new Map();
  }

  // entries: {key, name, text, share, failed, current, id?}; the order is theirs.
  show(entries) {
    const keys = new Set(entries.map((entry) => entry.key));
    for (const [key, item] of this.items) {
      if (!keys.has(key)) {
        item.root.remove();
        this.items.delete(key);
      }
    }
    entries.forEach((entry, index) => {
      const item = this.items.get(entry.key) || this.make(entry.key);
      this.update(item, entry);
      // Moving an element that is in place would take the focus from it.
      if (this.element.children[index] !== item.root) this.element.insertBefore(item.root, this.element.children[index] || null);
    });
  }

  make(key) {
    const root = document.createElement("li");
    const open = add(root, "button", "open");
    open.type = "button";
    const item = { root, open, name: add(open, "span", "name"), state: add(open, "span", "state"), bar: add(open, "progress") };
    item.bar.max = 1;
    item.remove = add(root, "button", "drop-it");
    item.remove.type = "button";
    item.remove.textContent = "×";
    open.addEventListener("click", () => item.entry.id && this.listeners.open(item.entry.id));
    item.remove.addEventListener("click", () => this.listeners.remove(item.entry));
    this.items.set(key, item);
    return item;
  }

  update(item, entry) {
    item.entry = entry;
    item.root.className = `${entry.current ? "current" : ""} ${entry.failed ? "failed" : ""}`;
    item.open.setAttribute("aria-current", entry.current ? "true" : "false");
    // As text, never as HTML: names come from whoever uploads.
    item.name.textContent = entry.name;
    item.name.title = entry.name;
    item.state.textContent = entry.text;
    item.bar.hidden = entry.share === undefined;
    setBar(item.bar, entry.share);
    item.remove.hidden = entry.key.startsWith("sending");
    item.remove.setAttribute("aria-label", `Delete ${entry.name}`);
    item.remove.title = "Delete";
  }
}

export function setBar(bar, value) {
  if (value === null || value === undefined) bar.removeAttribute("value");
  else bar.value = value;
}

function add(parent, tag, name = "") {
  const element = document.createElement(tag);
  element.className = name;
  parent.append(element);
  return element;
}
