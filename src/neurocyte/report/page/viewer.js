const viewer = byId("viewer");
let viewed = null;

function openViewer(entry) {
  viewed = entry;
  const { image, index } = entry;
  byId("viewer-name").textContent = image.name;
  const facts = factsOf(image);
  if (image.area !== null) facts.push(`median area ${image.area.toLocaleString("en")} ${table.unit}`);
  if (image.confidence !== null) facts.push(`mean confidence ${image.confidence.toFixed(2)}`);
  image.groups.forEach((value, at) => facts.push(`${table.columns[at]} ${value}`));
  facts.push(...image.flags.map((flag) => `⚑ ${flag}`));
  byId("viewer-facts").textContent = facts.join(" · ");
  byId("full").href = image.link;
  const stage = byId("stage");
  stage.setAttribute("role", "img");
  stage.setAttribute("aria-label", `${image.name} with the outlines of ${plural(image.cells, "cell")}`);
  fill(stage, index);
  const at = shown.indexOf(entry);
  byId("previous").disabled = at <= 0;
  byId("next").disabled = at < 0 || at === shown.length - 1;
  if (!viewer.open) {
    viewer.showModal();
    byId("close").focus();
  }
}

function step(by) {
  const to = shown[shown.indexOf(viewed) + by];
  if (!to) return;
  openViewer(to);
  // A button that is now disabled would swallow the keys.
  if (document.activeElement === document.body || document.activeElement.disabled) byId("close").focus();
}

byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("close").addEventListener("click", () => viewer.close());
viewer.addEventListener("click", (event) => {
  if (event.target === viewer) viewer.close();
});
viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "ArrowRight") step(1);
  else return;
  event.preventDefault();
});
viewer.addEventListener("close", () => {
  if (shown.includes(viewed)) {
    makeCurrent(viewed);
    viewed.item.focus();
    viewed.item.scrollIntoView({ block: "nearest" });
  }
});

function toggleContours() {
  const off = document.body.classList.toggle("no-contours");
  for (const button of document.querySelectorAll(".toggle-contours")) button.setAttribute("aria-pressed", !off);
}

for (const button of document.querySelectorAll(".toggle-contours")) button.addEventListener("click", toggleContours);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input[type=search], select");
  if (event.key !== "c" || typing || event.altKey || event.ctrlKey || event.metaKey) return;
  toggleContours();
});
