// The server's API: JSON in and out, and one kind of error. Paths are without /api, such as "/tracks".

/** Why a request was not carried out. `status` is 0 where the server does not answer at all. */
export class ApiProblem extends Error {
  constructor(status, kind, message) {
    super(message);
    this.name = "ApiProblem";
    this.status = status;
    this.kind = kind;
  }
}

/**
 * Return the address of a path, for links, sound and pictures.
 *
 * @param {string} path Such as "/tracks"; parts that come from data have to be encoded by `encodeURIComponent`.
 * @param {object} [params] Query; null, undefined and "" are left out, lists are repeated.
 * @returns {string}
 */
export function address(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") query.append(name, one);
  }
  const text = query.toString();
  return `/api${path}${text ? `?${text}` : ""}`;
}

/** GET. Throws `ApiProblem`, or the signal's AbortError. */
export const get = (path, params, { signal } = {}) => ask("GET", address(path, params), undefined, signal);
/** POST; the body is JSON, or a File, Blob or FormData as it is. */
export const post = (path, body, { signal } = {}) => ask("POST", address(path), body, signal);
/** PUT. */
export const put = (path, body, { signal } = {}) => ask("PUT", address(path), body, signal);
/** DELETE. */
export const del = (path, { signal } = {}) => ask("DELETE", address(path), undefined, signal);

async function ask(method, url, body, signal) {
  let response;
  try {
    response = await fetch(url, { method, signal, credentials: "same-origin", ...carried(body) });
  } catch (error) {
    throw error.name === "AbortError" ? error : unanswered();
  }
  const told = await content(response);
  if (response.ok) return told;
  throw problem(response, told);
}

function carried(body) {
  if (body === undefined || body === null) return { headers: { Accept: "application/json" } };
  const raw = body instanceof Blob || body instanceof FormData || body instanceof URLSearchParams;
  if (raw) return { headers: { Accept: "application/json" }, body };
  return { headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

async function content(response) {
  const kind = response.headers.get("Content-Type") ?? "";
  if (response.status === 204) return null;
  return /\bjson\b/.test(kind) ? response.json() : response.text();
}

function problem(response, told) {
  const kind = told?.kind ?? "HttpError";
  const message = told?.message ?? `The server answered ${response.status} ${response.statusText}`.trim();
  return new ApiProblem(response.status, kind, message);
}

function unanswered() {
  return new ApiProblem(0, "Unanswered", "Earmark does not answer. Is “earmark serve” still running in its terminal?");
}
