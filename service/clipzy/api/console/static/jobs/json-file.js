// Files with JSON that somebody gives to a job: a style, an edit plan.

/** A file that holds no object, told as the API tells of a field that it does not accept. */
export class NotJson extends Error {
  code = "NO_JSON";

  constructor(field, fileName, what) {
    super(`${fileName} is not ${what}`);
    this.fields = [{ field, message: this.message }];
  }
}

/** The object in a file that was chosen for a field. Throws NotJson. */
export async function jsonOf(file, field) {
  let read;
  try {
    read = JSON.parse(await file.text());
  } catch {
    throw new NotJson(field, file.name, "JSON");
  }
  if (read === null || typeof read !== "object" || Array.isArray(read)) {
    throw new NotJson(field, file.name, "a JSON object");
  }
  return read;
}
