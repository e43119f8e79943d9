/** A Connect JSON answer: `code` is "ok", or the error's code such as "not_found"; `text` the whole body. */
export interface JsonAnswer {
  readonly code: string;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Calls an RPC as curl would: JSON over HTTP/1.1, with a key unless it is empty. */
export async function callJson(url: string, key: string, request: object): Promise<JsonAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(key ? { Authorization: `Bearer ${key}` } : {}),
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  const body = JSON.parse(text) as Record<string, unknown>;
  return { code: response.ok ? 'ok' : String(body['code']), text, body };
}
