// The API's description as a page, made from openapi.json without anything from elsewhere.

const add = (parent, tag, text = "", name = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = name;
  parent.append(element);
  return element;
};

function fields(schema, all) {
  if (schema.$ref) return fields(all[schema.$ref.split("/").at(-1)], all);
  if (schema.oneOf) return schema.oneOf.flatMap((one) => fields(one, all));
  return Object.entries(schema.properties || {}).map(([name, one]) => [name, describe(one)]);
}

function describe(schema) {
  const kinds = (schema.anyOf || [schema]).map((one) => one.const ?? one.type ?? one.$ref?.split("/").at(-1) ?? "");
  return [kinds.join(" or "), schema.description].filter(Boolean).join(": ");
}

function show(path, verb, operation, all) {
  const place = document.getElementById("paths");
  const head = add(place, "h2");
  add(head, "span", verb.toUpperCase(), "verb");
  add(head, "code", path);
  add(place, "p", operation.description);
  const list = add(place, "dl");
  for (const body of Object.values(operation.requestBody?.content || {})) {
    for (const [name, text] of fields(body.schema, all)) {
      add(list, "dt", name);
      add(list, "dd", text);
    }
  }
  add(list, "dt", "answers");
  add(list, "dd", Object.keys(operation.responses).join(", "));
}

const schema = await (await fetch("/api/openapi.json")).json();
document.getElementById("about").textContent = schema.info.description;
document.getElementById("example").textContent = [
  "# gives an id",
  `curl -F image=@cells.png ${location.origin}/api/jobs`,
  '# until "state" is "done"',
  `curl ${location.origin}/api/jobs/ID`,
  `curl -o cells.csv ${location.origin}/api/jobs/ID/cells.csv`,
].join("\n");
for (const [path, verbs] of Object.entries(schema.paths)) {
  for (const [verb, operation] of Object.entries(verbs)) show(path, verb, operation, schema.components.schemas);
}
