import { Agent, type Dispatcher } from 'undici';
import type { Attempt, Outcome } from '../deliveries/domain/delivery';
import { urlProblem } from '../endpoints/domain/endpoint';
import { AddressRefusedError, checkedConnector, type ConnectorOptions } from './checked-connector';

/** What is posted. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of it. */
export type Answer = Omit<Attempt, 'startMs' | 'durationMs'> & {
  /** For how long the receiver asks to be left alone. */
  readonly askedMs?: number;
};

/** Connections to one endpoint for a while. */
export interface Connection {
  /** Never throws: what goes wrong is an answer, too. */
  post(post: Post): Promise<Answer>;
  close(): Promise<void>;
}

/** Opens connections. `timeoutMs` is how long a post may take, from its beginning to the end of the answer. */
export interface Sender {
  open(): Connection;
}

/** Of an answer's body no more is read, and it counts all the same. */
const BODY_BYTES_MAX = 16_384;
const HEADER_BYTES_MAX = 16_384;
const SHOWN_CHARACTERS = 1_024;

/** Posts by HTTP/1.1 to public addresses. Redirects are answers like others. */
export function createSender(options: ConnectorOptions): Sender {
  const { rules, timeoutMs } = options;
  return {
    open() {
      const agent = new Agent({
        connect: checkedConnector(options),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        maxHeaderSize: HEADER_BYTES_MAX,
      });
      return {
        async post(post) {
          if (urlProblem(post.url, rules) !== undefined) return failed(new AddressRefusedError());
          return await posted(agent, post, timeoutMs);
        },
        close: () => agent.destroy(),
      };
    },
  };
}

async function posted(agent: Agent, { url, headers, body }: Post, ms: number): Promise<Answer> {
  const { origin, pathname, search } = new URL(url);
  let httpStatus = 0;
  try {
    const signal = AbortSignal.timeout(ms);
    const path = `${pathname}${search}`;
    const answer = await agent.request({ origin, path, method: 'POST', headers, body, signal });
    httpStatus = answer.statusCode;
    const response = await beginningOf(answer.body);
    const outcome = httpStatus >= 200 && httpStatus < 300 ? 'delivered' : 'bad_status';
    const askedMs = askedBy(answer);
    return { outcome, httpStatus, response, errorCode: '', ...(askedMs && { askedMs }) };
  } catch (error) {
    return { ...failed(error), httpStatus };
  }
}

/** As much of a body as is shown. Throws where it breaks off before its end. */
async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > BODY_BYTES_MAX) break;
  }
  const characters = [...Buffer.concat(chunks).toString('utf8')].slice(0, SHOWN_CHARACTERS);
  return characters
    .join('')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
}

/** Retry-After of those who say that they are busy, in seconds or as a date. */
function askedBy({ statusCode, headers }: Dispatcher.ResponseData): number | undefined {
  const text = headers['retry-after'];
  if ((statusCode !== 429 && statusCode !== 503) || typeof text !== 'string') return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : undefined;
}

const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
  'ETIMEOUT',
]);

function failed(error: unknown): Answer {
  const { name = '', code } = error as { readonly name?: string; readonly code?: unknown };
  const errorCode = typeof code === 'string' ? code : name;
  return { outcome: outcomeOf(name, errorCode), httpStatus: 0, response: '', errorCode };
}

function outcomeOf(name: string, code: string): Outcome {
  if (code === 'ADDRESS_REFUSED') return 'address_refused';
  return name === 'TimeoutError' || TIMEOUTS.has(code) ? 'timeout' : 'connection_failed';
}
