import { ORGANISATION_HEADER } from '@billingrails/rpc';
import { waitFor } from '@billingrails/testing';
import type { Platform } from '@billingrails/stack';

/** A Connect JSON answer: `code` is "ok", or the error's code such as "not_found"; `text` the whole body. */
export interface JsonAnswer {
  readonly code: string;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** A key, and where it is a service's, the organisation it acts for. */
export interface CallerKey {
  readonly key: string;
  readonly organisationId?: string;
}

function headersOf(caller: CallerKey | string): Record<string, string> {
  const { key, organisationId }: CallerKey = typeof caller === 'string' ? { key: caller } : caller;
  return {
    ...(key && { Authorization: `Bearer ${key}` }),
    ...(organisationId && { [ORGANISATION_HEADER]: organisationId }),
  };
}

/** What tells a caller to come again, as it is told where the machine has too much to do. */
const LATER = ['unavailable', 'deadline_exceeded'];

/** Calls as a client does: again, while it is told to come later or its connection ends. */
async function answered(url: string, call: () => Promise<JsonAnswer>): Promise<JsonAnswer> {
  return await waitFor(
    async () => {
      const answer = await call();
      return LATER.includes(answer.code) ? undefined : answer;
    },
    { what: `an answer of ${url}` },
  );
}

/** Calls an RPC as curl would, JSON over HTTP/1.1, with a key unless it is empty; again, while it is to come later. */
export async function callJson(
  url: string,
  key: CallerKey | string,
  request: object,
): Promise<JsonAnswer> {
  return await answered(url, () => callOnce(url, key, request));
}

async function callOnce(
  url: string,
  key: CallerKey | string,
  request: object,
): Promise<JsonAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...headersOf(key),
    },
    body: JSON.stringify(request),
  });
  return answerOf(response);
}

/** Calls an RPC, such as `PlanService/CreatePlan` of billing, in the name of the platform's first organisation. */
export function callService(
  { httpUrls, key }: Platform,
  service: keyof Platform['httpUrls'],
  method: string,
  request: object,
): Promise<JsonAnswer> {
  return callJson(`${httpUrls[service]}/billingrails.${service}.v1.${method}`, key, request);
}

/** The same; throws what the call is refused with. */
export async function answeredBy(
  ...[platform, service, method, request]: Parameters<typeof callService>
): Promise<Record<string, unknown>> {
  const { code, text, body } = await callService(platform, service, method, request);
  if (code !== 'ok') throw new Error(`${method}: ${text}`);
  return body;
}

async function answerOf(response: Response): Promise<JsonAnswer> {
  const text = await response.text();
  const body = JSON.parse(text) as Record<string, unknown>;
  return { code: response.ok ? 'ok' : String(body['code']), text, body };
}

/** Of each message on a stream: a byte of flags, four of length, and then the message. */
const FRAME_HEAD_BYTES = 5;
const LAST_FRAME = 2;

/**
 * Calls an RPC that answers with a stream, in Connect's JSON framing. With `firstOnly` it is ended after the first
 * message: some streams would go on for ever. `body` is the last message.
 */
export async function callJsonStream(
  url: string,
  key: CallerKey | string,
  request: object,
  firstOnly: boolean,
): Promise<JsonAnswer> {
  return await answered(url, () => streamOnce(url, key, request, firstOnly));
}

async function streamOnce(
  url: string,
  key: CallerKey | string,
  request: object,
  firstOnly: boolean,
): Promise<JsonAnswer> {
  const stop = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/connect+json',
      ...headersOf(key),
    },
    body: framed(Buffer.from(JSON.stringify(request))),
    signal: stop.signal,
  });
  if (!response.ok) return answerOf(response);
  const messages: string[] = [];
  for await (const { flags, text } of framesOf(response)) {
    if (flags === LAST_FRAME) {
      const { error } = JSON.parse(text) as { error?: { code?: string } };
      const whole = [...messages, ...(error === undefined ? [] : [text])].join('');
      return { code: error?.code ?? 'ok', text: whole, body: lastOf(messages) };
    }
    messages.push(text);
    if (firstOnly) break;
  }
  stop.abort();
  return { code: 'ok', text: messages.join(''), body: lastOf(messages) };
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

async function* framesOf({ body }: Response): AsyncGenerator<{ flags: number; text: string }> {
  let waiting = Buffer.alloc(0);
  for await (const bytes of body ?? []) {
    waiting = Buffer.concat([waiting, bytes]);
    while (waiting.length >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + waiting.readUInt32BE(1);
      if (waiting.length < end) break;
      yield { flags: waiting.readUInt8(0), text: waiting.toString('utf8', FRAME_HEAD_BYTES, end) };
      waiting = waiting.subarray(end);
    }
  }
}

function lastOf(messages: readonly string[]): Record<string, unknown> {
  return JSON.parse(messages.at(-1) ?? '{}') as Record<string, unknown>;
}
