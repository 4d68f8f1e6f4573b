// What a form of the reference asks for.

/** The form's request as {url, options}; fields that are empty are left out. `root`: the engine's address. */
export function asked(form, root) {
  const { method, path } = form.dataset;
  const headers = {};
  const query = new URLSearchParams();
  const parts = new FormData();
  let filled = path.slice(1);
  let body;
  for (const field of form.querySelectorAll("[data-in]")) {
    const value = field.type === "file" ? field.files[0] : field.value.trim();
    if (!value) continue;
    if (field.dataset.in === "path") filled = filled.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (field.dataset.in === "query") query.append(field.name, value);
    else if (field.dataset.in === "header") headers[field.name] = value;
    else if (field.dataset.in === "form") parts.append(field.name, value);
    else {
      headers["Content-Type"] = "application/json";
      body = value;
    }
  }
  if (form.querySelector("[data-in=form]")) body = parts;
  const url = new URL(filled, root);
  url.search = query;
  return { url, options: { method: method.toUpperCase(), headers, body } };
}
