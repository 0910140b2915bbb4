// The picture with its cells on a canvas: zoom, pan, select, lines and outlines. Points are in image pixels.

export const PALETTE = [
  [255, 214, 0], [0, 200, 255], [255, 92, 205], [118, 255, 66],
  [255, 122, 26], [160, 136, 255], [255, 70, 85], [0, 245, 190],
];
// How dense a cell's inside and its edge are: with nothing chosen, chosen, beside what is chosen.
const FILL = { plain: 62, chosen: 190, beside: 26 };
const EDGE = { plain: 255, chosen: 255, beside: 130 };
const CLICK = 5;
const MOST_ZOOM = 40;

export const colour = (label) => PALETTE[(label - 1) % PALETTE.length];

export class Viewer {
  // listeners: select(label, add), line(points), outline(points)
  constructor(canvas, listeners) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.listeners = listeners;
    this.cover = document.createElement("canvas");
    this.mode = "select";
    this.showCells = true;
    this.pointers = new Map();
    this.clear();
    new ResizeObserver(() => this.resize()).observe(canvas);
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  clear() {
    this.image = null;
    this.labels = null;
    this.chosen = new Set();
    this.trail = null;
    this.fitted = true;
    this.redraw();
  }

  setImage(image) {
    this.image = image;
    this.fit();
  }

  setLabels(labels) {
    this.labels = labels;
    this.paint();
  }

  setChosen(chosen) {
    this.chosen = chosen;
    this.paint();
  }

  setMode(mode) {
    this.mode = mode;
    this.trail = null;
    this.canvas.classList.toggle("drawing", mode !== "select");
    this.redraw();
  }

  setShowCells(show) {
    this.showCells = show;
    this.redraw();
  }

  // Cells as a picture of their own: a veil inside, a line where they end.
  paint() {
    if (!this.image || !this.labels) return this.redraw();
    const { width, height } = this.image;
    if (this.cover.width !== width || this.cover.height !== height) Object.assign(this.cover, { width, height });
    const context = this.cover.getContext("2d");
    const pixels = context.createImageData(width, height);
    const data = pixels.data;
    const labels = this.labels;
    const rest = this.chosen.size ? "beside" : "plain";
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const label = labels[i];
        if (!label) continue;
        const edge =
          (x > 0 && labels[i - 1] !== label) || (x < width - 1 && labels[i + 1] !== label) ||
          (y > 0 && labels[i - width] !== label) || (y < height - 1 && labels[i + width] !== label);
        const chosen = this.chosen.has(label);
        const rgb = PALETTE[(label - 1) % PALETTE.length];
        const at = 4 * i;
        data[at] = edge && chosen ? 255 : rgb[0];
        data[at + 1] = edge && chosen ? 255 : rgb[1];
        data[at + 2] = edge && chosen ? 255 : rgb[2];
        data[at + 3] = (edge ? EDGE : FILL)[chosen ? "chosen" : rest];
      }
    }
    context.putImageData(pixels, 0, 0);
    this.redraw();
  }

  labelAt([x, y]) {
    if (!this.labels || !this.image) return 0;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const { width, height } = this.image;
    return column < 0 || row < 0 || column >= width || row >= height ? 0 : this.labels[row * width + column];
  }

  // View

  resize() {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.fitted) this.fit();
    this.redraw();
  }

  fit() {
    this.fitted = true;
    if (!this.image) return;
    const { clientWidth, clientHeight } = this.canvas;
    const margin = 12;
    this.scale = Math.min((clientWidth - 2 * margin) / this.image.width, (clientHeight - 2 * margin) / this.image.height);
    this.scale = Math.max(this.scale, 0.01);
    this.left = (clientWidth - this.image.width * this.scale) / 2;
    this.top = (clientHeight - this.image.height * this.scale) / 2;
    this.redraw();
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    if (!this.image) return;
    const scale = Math.min(Math.max(this.scale * factor, 0.02), MOST_ZOOM);
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.redraw();
  }

  pan(x, y) {
    if (!this.image) return;
    this.left += x;
    this.top += y;
    this.fitted = false;
    this.redraw();
  }

  // Bring a point of the image into view if it is not.
  show(x, y) {
    const { clientWidth, clientHeight } = this.canvas;
    const at = [this.left + x * this.scale, this.top + y * this.scale];
    const inside = at[0] > 30 && at[1] > 30 && at[0] < clientWidth - 30 && at[1] < clientHeight - 30;
    if (!inside) this.pan(clientWidth / 2 - at[0], clientHeight / 2 - at[1]);
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  draw() {
    const context = this.context;
    const ratio = devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.image) return;
    const scale = this.scale * ratio;
    context.setTransform(scale, 0, 0, scale, this.left * ratio, this.top * ratio);
    context.imageSmoothingEnabled = this.scale < 2;
    context.drawImage(this.image, 0, 0);
    if (this.labels && this.showCells) context.drawImage(this.cover, 0, 0);
    if (this.trail && this.trail.length > 1) this.drawTrail(context);
  }

  drawTrail(context) {
    context.beginPath();
    this.trail.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (this.mode === "draw") {
      context.closePath();
      context.fillStyle = "rgb(255 255 255 / 0.3)";
      context.fill();
    }
    for (const [style, width] of [["#000", 4], ["#fff", 2]]) {
      context.strokeStyle = style;
      context.lineWidth = width / this.scale;
      context.stroke();
    }
  }

  // Input

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  toImage([x, y]) {
    return [(x - this.left) / this.scale, (y - this.top) / this.scale];
  }

  down(event) {
    if (!this.image) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.point(event));
    this.start = this.point(event);
    this.moved = false;
    // A second finger means zooming, the middle button moving, in any mode.
    const draws = this.mode !== "select" && this.pointers.size === 1 && event.button === 0;
    this.trail = draws ? [this.toImage(this.start)] : null;
    this.redraw();
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.point(event);
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.trail) this.extend(now);
    else if (this.moved || Math.hypot(now[0] - this.start[0], now[1] - this.start[1]) > CLICK) {
      this.moved = true;
      this.pan(now[0] - before[0], now[1] - before[1]);
    } else return;
    this.pointers.set(event.pointerId, now);
  }

  pinch(id, before, now) {
    this.moved = true;
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const distance = (point) => Math.max(1, Math.hypot(point[0] - other[0], point[1] - other[1]));
    this.zoom(distance(now) / distance(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    this.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  }

  extend(now) {
    const point = this.toImage(now);
    const [x, y] = this.trail.at(-1);
    if (Math.hypot(point[0] - x, point[1] - y) < 0.5) return;
    this.trail.push(point);
    this.redraw();
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const trail = this.trail;
    this.trail = null;
    this.redraw();
    if (trail) {
      if (trail.length > 1) this.listeners[this.mode === "split" ? "line" : "outline"](trail);
    } else if (!this.moved && this.mode === "select") {
      // A finger has no Shift key.
      const add = event.shiftKey || event.ctrlKey || event.metaKey || event.pointerType === "touch";
      this.listeners.select(this.labelAt(this.toImage(this.point(event))), add);
    }
  }

  cancel(event) {
    this.pointers.delete(event.pointerId);
    this.trail = null;
    this.redraw();
  }

  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.zoom(Math.exp(-event.deltaY * lines * 0.0015), ...this.point(event));
  }

  key(event) {
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (!moves[event.key]) return;
    event.preventDefault();
    this.pan(...moves[event.key]);
  }
}
