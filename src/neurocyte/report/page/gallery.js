"use strict";

const table = JSON.parse(document.getElementById("table").textContent);
const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);

// An element with text; names of files only ever become text, never markup.
function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function factsOf(image) {
  const facts = [plural(image.cells, "cell")];
  if (image.confluence !== null) facts.push(`${image.confluence} % confluence`);
  return facts;
}

// The pictures stand behind this script, so that the page is usable before all of them are read.
function fill(frame, index) {
  const source = byId(`picture-${index}`);
  if (!source) return false;
  const block = JSON.parse(source.textContent);
  frame.replaceChildren();
  if (!block) {
    frame.append(element("span", "nothing", "no picture"));
    return true;
  }
  const picture = element("img");
  picture.alt = "";
  // JPEG begins so; earlier versions made WebP.
  const type = block.picture.startsWith("/9j/") ? "jpeg" : "webp";
  picture.src = `data:image/${type};base64,${block.picture}`;
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "contours");
  drawing.setAttribute("viewBox", `0 0 ${block.width * table.units} ${block.height * table.units}`);
  drawing.setAttribute("aria-hidden", "true");
  for (const [colour, outline] of Object.entries(block.outlines)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", outline);
    path.setAttribute("stroke", table.palette[colour]);
    drawing.append(path);
  }
  frame.append(picture, drawing);
  return true;
}

function makeItem(image, index) {
  const place = element("li");
  const item = element("button", "item");
  item.type = "button";
  item.tabIndex = -1;
  item.dataset.index = index;
  const frame = element("span", "frame");
  const caption = element("span", "caption");
  caption.append(element("b", "", image.name));
  const facts = [...factsOf(image), ...image.groups.map((value, at) => `${table.columns[at]} ${value}`)];
  caption.append(element("span", "facts", facts.join(" · ")));
  if (image.flags.length) caption.append(element("span", "warn", `⚑ ${image.flags.join(", ")}`));
  item.append(frame, caption);
  place.append(item);
  return { image, index, place, item, frame, filled: false };
}

const gallery = byId("gallery");
const entries = table.images.map(makeItem);
let shown = entries;
gallery.style.setProperty("--ratio", table.ratio);

const watcher = new IntersectionObserver(
  (changes) => {
    for (const change of changes) if (change.isIntersecting) fillEntry(entries[change.target.dataset.index]);
  },
  { rootMargin: "300px" },
);

function fillEntry(entry) {
  if (entry.filled) return;
  entry.filled = fill(entry.frame, entry.index);
  if (entry.filled) watcher.unobserve(entry.item);
}

// Only one item is reached by Tab; arrow keys move on from it.
function makeCurrent(entry) {
  for (const other of gallery.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  if (entry) entry.item.tabIndex = 0;
}

function columnsShown() {
  const top = shown[0].place.offsetTop;
  const next = shown.findIndex((entry) => entry.place.offsetTop !== top);
  return next < 0 ? shown.length : next;
}

gallery.addEventListener("keydown", (event) => {
  const at = shown.findIndex((entry) => entry.item === event.target);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columnsShown(), ArrowUp: -columnsShown() };
  let to = at + (steps[event.key] || 0);
  if (event.key === "Home") to = 0;
  if (event.key === "End") to = shown.length - 1;
  if (to === at || !shown[to]) return;
  event.preventDefault();
  makeCurrent(shown[to]);
  shown[to].item.focus();
});

gallery.addEventListener("click", (event) => {
  const item = event.target.closest(".item");
  if (item) openViewer(entries[item.dataset.index]);
});
