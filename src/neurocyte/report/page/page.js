const natural = new Intl.Collator("en", { numeric: true });
const nameFilter = byId("filter-name");
const flagFilter = byId("filter-flag");
const groupFilters = [...document.querySelectorAll(".filter-group")];
const sortBy = byId("sort");
const descending = byId("descending");

function hasFlag(image, wanted) {
  if (wanted === "*") return image.flags.length > 0;
  if (wanted === "-") return image.flags.length === 0;
  return !wanted || image.flags.includes(wanted.slice(1));
}

function compare(one, other) {
  const key = sortBy.value;
  const [a, b] = [one.image[key], other.image[key]];
  // What is unknown comes last in either direction.
  if (a === null || b === null) return (a === null) - (b === null);
  const order = key === "name" ? natural.compare(a, b) : a - b;
  return descending.getAttribute("aria-pressed") === "true" ? -order : order;
}

function update() {
  const text = nameFilter.value.trim().toLowerCase();
  const wanted = (image) =>
    image.name.toLowerCase().includes(text) &&
    hasFlag(image, flagFilter ? flagFilter.value : "") &&
    groupFilters.every((filter, at) => !filter.value || `=${image.groups[at]}` === filter.value);
  shown = entries.filter((entry) => wanted(entry.image));
  if (sortBy.value) shown.sort(compare);
  else if (descending.getAttribute("aria-pressed") === "true") shown.reverse();
  gallery.replaceChildren(...shown.map((entry) => entry.place));
  byId("shown").textContent = `${shown.length.toLocaleString("en")} of ${plural(entries.length, "image")}`;
  makeCurrent(shown[0]);
}

groupFilters.forEach((filter, at) => {
  const values = [...new Set(table.images.map((image) => image.groups[at]))].sort(natural.compare);
  for (const value of values) {
    const option = element("option", "", value);
    option.value = `=${value}`;
    filter.append(option);
  }
  filter.addEventListener("change", update);
});
nameFilter.addEventListener("input", update);
sortBy.addEventListener("change", update);
if (flagFilter) flagFilter.addEventListener("change", update);
descending.addEventListener("click", () => {
  descending.setAttribute("aria-pressed", descending.getAttribute("aria-pressed") !== "true");
  update();
});

for (const button of document.querySelectorAll(".show-flag")) {
  button.addEventListener("click", () => {
    flagFilter.value = `=${button.dataset.flag}`;
    update();
    byId("images").scrollIntoView();
    flagFilter.focus({ preventScroll: true });
  });
}

function showGrouping() {
  const chosen = document.querySelector("input[name=grouping]:checked");
  if (!chosen) return;
  for (const part of document.querySelectorAll(".grouping")) part.hidden = part.dataset.grouping !== chosen.value;
}

for (const choice of document.querySelectorAll("input[name=grouping]")) choice.addEventListener("change", showGrouping);
showGrouping();

document.querySelector(".tools").hidden = false;
update();
for (const entry of entries) watcher.observe(entry.item);

// Items that were in view before their pictures had been read.
document.addEventListener("DOMContentLoaded", () => {
  for (const entry of entries) {
    if (entry.filled) continue;
    watcher.unobserve(entry.item);
    watcher.observe(entry.item);
  }
});
window.addEventListener("beforeprint", () => {
  entries.forEach(fillEntry);
  for (const part of document.querySelectorAll("details")) part.open = true;
});
