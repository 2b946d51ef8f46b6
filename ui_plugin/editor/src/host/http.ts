/** What the server said no with; its message is a sentence for the user. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: unknown;

  constructor(status: number, code: string, message: string, body: unknown) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

interface Call {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Asks `api/…`, relative to the page, so that any base path works. Throws HttpError. */
export async function call<T>(
  address: string,
  { method = "GET", body, signal }: Call = {},
): Promise<T> {
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      // A form of another site cannot send this header: the server asks for it on every write.
      ...(method === "GET" ? {} : { "X-MLine": "1" }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  };
  let answer: Response;
  try {
    answer = await reach(`api/${address}`, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new HttpError(
      0,
      "offline",
      "The server cannot be reached. Your text is kept in this browser.",
      null,
    );
  }
  if (answer.status === 204) return undefined as T;
  const told = await bodyOf(answer);
  if (!answer.ok) throw errorOf(answer, told);
  return told as T;
}

/** Browsers drop what is under way when a network comes or goes; what only reads is asked again. */
async function reach(address: string, init: RequestInit): Promise<Response> {
  for (const wait of init.method === "GET" ? [200, 1000, 3000] : []) {
    try {
      return await fetch(address, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      await new Promise((resume) => setTimeout(resume, wait));
    }
  }
  return fetch(address, init);
}

async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function errorOf(answer: Response, told: unknown): HttpError {
  const error = (told as { error?: { code?: string; message?: string } } | undefined)?.error;
  const message = error?.message ?? sentence(answer.status);
  return new HttpError(answer.status, error?.code ?? `http-${answer.status}`, message, told);
}

function sentence(status: number): string {
  if (status === 401)
    return "You are not signed in any more. Sign in to Airflow and try again; your text is kept.";
  if (status === 403) return "Airflow does not let you do this.";
  if (status === 404) return "It is not there any more.";
  if (status === 413) return "It is too large for the server.";
  if (status === 429) return "Too many requests at once. Wait a moment and try again.";
  return `The server failed (HTTP ${status}). Your text is kept in this browser.`;
}

/** A path as part of an address: each name escaped, the slashes kept. */
export function inAddress(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
