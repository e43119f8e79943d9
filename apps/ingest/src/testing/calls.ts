/** An answer over plain HTTP/1.1. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: JsonBody;
}

/** What Connect answers: a response's fields, or an error's. */
export interface JsonBody {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly debug?: unknown }[];
  readonly [field: string]: unknown;
}

/** Whom to call, and with which key. */
export interface Callee {
  readonly process: { readonly address: string };
  readonly key: string;
}

/** Calls the Events API as curl would: HTTP/1.1 and JSON, the body as it stands. */
export async function callJson(
  { process: { address }, key }: Callee,
  method: 'IngestEvent' | 'IngestEvents' | 'VoidEvents' | 'AmendEvent',
  body: string | Uint8Array,
  timeoutMs?: number,
): Promise<JsonAnswer> {
  const response = await fetch(`${address}/billingrails.ingest.v1.EventService/${method}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${key}`,
      ...(timeoutMs !== undefined && { 'Connect-Timeout-Ms': String(timeoutMs) }),
    },
    body,
  });
  return { status: response.status, body: (await response.json()) as JsonBody };
}

/** What an error's detail of this type says; empty when it has none. */
export function detailOf({ body }: JsonAnswer, type: string): Record<string, unknown> {
  const found = body.details?.find((each) => each.type === `google.rpc.${type}`)?.debug;
  return typeof found === 'object' && found !== null ? { ...found } : {};
}
