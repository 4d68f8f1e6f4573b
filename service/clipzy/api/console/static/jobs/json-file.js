// Files with JSON that somebody gives to a job: a style, an edit plan.

/** A file that holds none, told as the API tells of a field that it does not accept. */
export class NotJson extends Error {
  code = "NO_JSON";

  constructor(field, fileName) {
    super(`${fileName} is not JSON`);
    this.fields = [{ field, message: this.message }];
  }
}

/** What is in a file that was chosen for a field. Throws NotJson. */
export async function jsonOf(file, field) {
  try {
    return JSON.parse(await file.text());
  } catch {
    throw new NotJson(field, file.name);
  }
}
