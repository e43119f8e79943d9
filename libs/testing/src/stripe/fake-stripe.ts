import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refusal, StripeBooks, type Answer } from './stripe-books';

/**
 * What goes wrong with a request that changes something:
 *
 * - lost: it never arrives;
 * - unanswered: it is carried out, and the connection breaks;
 * - failed: it is carried out, and answered with an error of the server, as every repetition is;
 * - refused: it is not carried out, as the server has too much to do.
 */
export type StripeFault = 'lost' | 'unanswered' | 'failed' | 'refused';

/** The key that it takes; another is refused. */
export const FAKE_STRIPE_KEY = 'sk_test_0123456789abcdefghijklmn';

/** A stand-in for Stripe's API on a port of its own: the part that is used, strict about what it is sent. */
export interface FakeStripe {
  readonly url: string;
  readonly secretKey: string;
  readonly books: StripeBooks;
  /** Every request, in the order of their arrival: "POST /v1/refunds". */
  readonly requests: string[];
  /** Asked of each request; nothing goes wrong unless it says so. */
  fault: (request: string) => StripeFault | undefined;
  /** An event of that object, as Stripe writes and signs it. */
  event(
    type: string,
    object: object,
    options: { readonly secret: string; readonly id?: string; readonly atMs?: number },
  ): { readonly body: string; readonly signature: string };
  close(): Promise<void>;
}

/** Starts one. */
export async function startFakeStripe(): Promise<FakeStripe> {
  const secretKey = FAKE_STRIPE_KEY;
  const books = new StripeBooks();
  const requests: string[] = [];
  const answered = new Map<string, { readonly content: string; readonly answer: Answer }>();
  let events = 0;

  const answerTo = (request: IncomingMessage, url: URL, text: string): Answer => {
    if (request.headers.authorization !== `Bearer ${secretKey}`)
      return failure(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
    const method = request.method ?? '';
    const form = Object.fromEntries(new URLSearchParams(method === 'GET' ? url.search : text));
    const key = request.headers['idempotency-key'];
    const content = `${method} ${url.pathname} ${text}`;
    const before = typeof key === 'string' && method === 'POST' ? answered.get(key) : undefined;
    if (before !== undefined && before.content !== content)
      return failure(400, { type: 'idempotency_error', message: 'Keys are of one request only' });
    if (before !== undefined) return before.answer;
    let answer: Answer;
    try {
      const { status, body } = books.answer(method, url.pathname, form);
      // As it is now: a repetition is answered the same, whatever came after.
      answer = { status, body: structuredClone(body) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = failure(error.status, error.error);
    }
    if (typeof key === 'string' && method === 'POST') answered.set(key, { content, answer });
    return answer;
  };

  const take = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    const url = new URL(request.url ?? '', 'http://stripe');
    const name = `${request.method} ${url.pathname}`;
    requests.push(name);
    const fault = fake.fault(name);
    if (fault === 'lost') return void response.destroy();
    if (fault === 'refused') return send(response, failure(429, { message: 'Too many requests' }));
    const answer = answerTo(request, url, text);
    if (fault === 'unanswered') return void response.destroy();
    if (fault !== 'failed') return send(response, answer);
    const failed = failure(500, { type: 'api_error', message: 'Something went wrong' });
    const key = request.headers['idempotency-key'];
    if (typeof key === 'string') answered.set(key, { content: `${name} ${text}`, answer: failed });
    send(response, failed);
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => take(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const fake: FakeStripe = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ secretKey, books, requests },
    fault: () => undefined,
    event(type, object, { secret, id, atMs = Date.now() }) {
      events += 1;
      const created = Math.floor(atMs / 1_000);
      const body = JSON.stringify({
        ...{ id: id ?? `evt_fake${events}`, object: 'event', api_version: '2026-10-28.endive' },
        ...{ created, livemode: false, pending_webhooks: 1, type },
        ...{ data: { object }, request: { id: null, idempotency_key: null } },
      });
      const signed = createHmac('sha256', secret).update(`${created}.${body}`).digest('hex');
      return { body, signature: `t=${created},v1=${signed}` };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function failure(status: number, error: object): Answer {
  return { status, body: { error } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
