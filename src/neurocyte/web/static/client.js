// Requests to the server; whatever goes wrong becomes an Error with one sentence.

const AWAY = "The server does not answer: is it still running?";

export async function call(path, { method = "GET", body } = {}) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  const answer = await send(path, options);
  return answer.status === 204 ? null : answer.json();
}

export async function labels(id) {
  const answer = await send(`/api/jobs/${id}/labels.bin`, {});
  return new Uint32Array(await answer.arrayBuffer());
}

export async function picture(id) {
  const answer = await send(`/api/jobs/${id}/image.png`, {});
  return createImageBitmap(await answer.blob());
}

async function send(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error(AWAY);
  }
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.error || `The server answered ${answer.status}.`);
  }
  return answer;
}

// fetch tells nothing while it sends; this does.
export function upload(file, progress) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("image", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", "/api/jobs");
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status === 201) resolve(request.response);
      else reject(new Error(request.response?.error || `The server answered ${request.status}.`));
    };
    request.onerror = () => reject(new Error(AWAY));
    request.send(form);
  });
}
