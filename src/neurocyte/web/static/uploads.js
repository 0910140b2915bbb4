// Files on their way to the server, a few at a time.

import { upload } from "./client.js";

const AT_ONCE = 2;

export class Uploads {
  // listeners: say(text), sent(job), changed()
  constructor(listeners) {
    this.listeners = listeners;
    this.limit = Infinity;
    this.files = [];
    this.count = 0;
    addEventListener("beforeunload", (event) => {
      if (this.files.some((file) => !file.error)) event.preventDefault();
    });
  }

  add(files) {
    for (const file of files) {
      const large = file.size > this.limit;
      const error = large ? `larger than ${Math.floor(this.limit / 2 ** 20)} MB, which is the limit` : "";
      this.files.push({ number: ++this.count, file, share: 0, error, busy: false });
    }
    this.listeners.changed();
    this.next();
  }

  entries() {
    return this.files.map((one) => ({
      key: `${one.error ? "refused" : "sending"}-${one.number}`,
      name: one.file.name,
      text: one.error || (one.busy ? "uploading" : "to be uploaded"),
      share: one.error ? undefined : one.share,
      failed: Boolean(one.error),
      current: false,
    }));
  }

  forget(key) {
    this.files = this.files.filter((one) => !key.endsWith(`-${one.number}`));
    this.listeners.changed();
  }

  next() {
    const busy = this.files.filter((one) => one.busy).length;
    const waiting = this.files.filter((one) => !one.busy && !one.error).slice(0, Math.max(0, AT_ONCE - busy));
    for (const one of waiting) this.send(one);
  }

  async send(one) {
    one.busy = true;
    try {
      const job = await upload(one.file, (share) => {
        one.share = share;
        this.listeners.changed();
      });
      this.files = this.files.filter((other) => other !== one);
      this.listeners.sent(job);
    } catch (error) {
      one.error = error.message;
    }
    one.busy = false;
    this.listeners.changed();
    this.next();
  }
}
