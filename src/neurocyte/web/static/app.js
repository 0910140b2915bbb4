// The page: what is shown, and what happens when something is clicked.

import { call } from "./client.js";
import { Editor } from "./editor.js";
import { List, said, share } from "./list.js";
import { Uploads } from "./uploads.js";

const $ = (id) => document.getElementById(id);
const BUSY_MS = 400;
const IDLE_MS = 4000;

let jobs = [];
let timer = 0;

const editor = new Editor({ say, ask, changed: replace });
const uploads = new Uploads({ say, sent, changed: showList });
const list = new List($("list"), { open, remove });

function say(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => ($("toast").hidden = true), 6000);
}

function ask(question, yes) {
  $("question").textContent = question;
  $("yes").textContent = yes;
  $("confirm").returnValue = "no";
  $("confirm").showModal();
  return new Promise((resolve) => {
    $("confirm").addEventListener("close", () => resolve($("confirm").returnValue === "yes"), { once: true });
  });
}

function current() {
  return location.hash.slice(1);
}

function showList() {
  const shown = jobs.map((job) => ({
    key: job.id, id: job.id, name: job.name, text: said(job), share: share(job),
    failed: job.state === "failed", current: job.id === current(),
  }));
  list.show([...uploads.entries(), ...shown]);
}

function open(id) {
  if (id === current()) showCurrent();
  else location.hash = id;
}

async function remove(entry) {
  if (!entry.id) return uploads.forget(entry.key);
  if (!(await ask(`Delete ${entry.name} and its results? Saved training data stay.`, "Delete"))) return;
  try {
    await call(`/api/jobs/${entry.id}`, { method: "DELETE" });
    jobs = jobs.filter((job) => job.id !== entry.id);
    if (entry.id === current()) location.hash = jobs[0]?.id || "";
    showList();
  } catch (error) {
    say(error.message);
  }
}

function sent(job) {
  if (!jobs.some((one) => one.id === job.id)) jobs = [job, ...jobs];
  if (!jobs.some((one) => one.id === current())) location.hash = job.id;
  showList();
  poll();
}

function replace(job) {
  jobs = jobs.map((one) => (one.id === job.id ? job : one));
  showList();
}

function showCurrent() {
  const job = jobs.find((one) => one.id === current());
  $("main").classList.toggle("alone", job?.state !== "done");
  editor.show(job || null);
}

async function poll() {
  clearTimeout(timer);
  try {
    const asked = editor.version;
    const found = (await call("/api/jobs")).jobs;
    // An answer from before a correction would undo it on the page.
    if (asked === editor.version) {
      jobs = found;
      showList();
      showCurrent();
    }
  } catch (error) {
    say(error.message);
  }
  const busy = jobs.some((job) => job.state === "queued" || job.state === "running");
  clearTimeout(timer);
  timer = setTimeout(poll, busy ? BUSY_MS : IDLE_MS);
}

function wireFiles() {
  $("files").addEventListener("change", () => {
    uploads.add([...$("files").files]);
    $("files").value = "";
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("over");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    uploads.add([...event.dataTransfer.files]);
  });
}

async function begin() {
  wireFiles();
  addEventListener("hashchange", () => {
    showList();
    showCurrent();
  });
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  try {
    const info = await call("/api/info");
    uploads.limit = info.max_upload_bytes;
    $("limits").textContent = `up to ${Math.floor(info.max_upload_bytes / 2 ** 20)} MB each`;
    $("model").textContent = `Model ${info.model}`;
    $("license").textContent = info.license;
  } catch (error) {
    say(error.message);
  }
  await poll();
  if (!jobs.some((job) => job.id === current()) && jobs.length) location.hash = jobs[0].id;
}

begin();
