import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { DescMethod } from '@bufbuild/protobuf';
import { backOffMs, rest } from '@billingrails/waits';
import { CliError, EXIT } from '../exit-codes';
import { CallError, callErrorFrom } from './call-error';
import { envelope, envelopesIn } from './envelopes';
import { processOf, type ServiceName } from './every-rpc';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Where calls go, and as whom. */
export interface Target {
  /** Of the gateway: "http://127.0.0.1:7000". */
  readonly url: string;
  /** Of services that are called by themselves, in place of the gateway. */
  readonly serviceUrls: Partial<Readonly<Record<ServiceName, string>>>;
  readonly key: string | undefined;
  /** Of a service key: which organisation it acts for. */
  readonly organisation?: string | undefined;
  readonly timeoutMs: number;
}

const SOCKETS_MAX = 32;
const STREAM_MS = 3_600_000;
const TRIES = 3;
const BACK_OFF = { firstMs: 200, maxMs: 5_000, factor: 3 };

/**
 * Calls methods by Connect's JSON: requests go as they were written, so the platform itself says what is wrong with
 * them, by the path that the caller wrote.
 */
export class Connection {
  readonly #agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
  };

  constructor(readonly target: Target) {}

  /** Calls a unary method. What passes is tried again a few times, as long as the answer says. Throws CallError. */
  async call(method: DescMethod, request: object): Promise<JsonObject> {
    const body = JSON.stringify(request);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.callOnce(method, body);
      } catch (error) {
        const again = error instanceof CallError && error.isPassing && error.code !== 'aborted';
        if (!again || tries === TRIES) throw error;
        await rest(error.details.retryMs ?? backOffMs(BACK_OFF, tries));
      }
    }
  }

  /** As `call`, once, with a body that is JSON already. */
  async callOnce(method: DescMethod, body: string): Promise<JsonObject> {
    const { timeoutMs } = this.target;
    const answer = await this.#post(method, 'application/json', Buffer.from(body), timeoutMs);
    return (await readJson(answer)) as JsonObject;
  }

  /**
   * Calls a method that streams its answers, which may take an hour unless it is said otherwise: Infinity is as long as
   * the platform has it where nothing is asked. Throws CallError, also between messages.
   */
  async *stream(
    method: DescMethod,
    request: object,
    timeoutMs = STREAM_MS,
  ): AsyncGenerator<JsonObject> {
    const body = envelope(JSON.stringify(request));
    const answer = await this.#post(method, 'application/connect+json', body, timeoutMs);
    if (answer.headers['content-type'] !== 'application/connect+json') {
      await readJson(answer);
      throw callErrorFrom(undefined, 'unknown', requestIdOf(answer));
    }
    for await (const { isEnd, json } of envelopesIn(unbroken(answer))) {
      if (!isEnd) yield json as JsonObject;
      else if (json['error'] === undefined) return;
      else throw callErrorFrom(json['error'], 'unknown', requestIdOf(answer));
    }
    throw brokeOff(answer);
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #post(
    method: DescMethod,
    contentType: string,
    body: Buffer,
    timeoutMs: number,
  ): Promise<IncomingMessage> {
    const { key, organisation } = this.target;
    const streams = contentType !== 'application/json';
    const base = this.#baseOf(method);
    const url = new URL(`${base.replace(/\/$/, '')}/${method.parent.typeName}/${method.name}`);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const sent = (secure ? httpsRequest : httpRequest)(
        url,
        {
          method: 'POST',
          agent: this.#agents[secure ? 'https' : 'http'],
          headers: {
            'content-type': contentType,
            'content-length': body.length,
            'connect-protocol-version': '1',
            ...(timeoutMs === Infinity ? {} : { 'connect-timeout-ms': String(timeoutMs) }),
            ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
            ...(organisation === undefined ? {} : { 'billingrails-organisation': organisation }),
          },
        },
        resolve,
      );
      // The server ends a call at its deadline; this is for one that does not answer at all.
      if (!streams) {
        sent.setTimeout(timeoutMs + 5_000, () => sent.destroy(new Error('no answer in time')));
      }
      sent.on('error', (error) => reject(unreachable(base, error)));
      sent.end(body);
    });
  }

  #baseOf(method: DescMethod): string {
    const process = processOf(method);
    const own = process === undefined ? undefined : this.target.serviceUrls[process];
    return own ?? this.target.url;
  }
}

async function readJson(answer: IncomingMessage): Promise<unknown> {
  const text = (await bytesOf(answer)).toString('utf8');
  const json = parsed(text);
  if (answer.statusCode === 200 && json !== undefined) return json;
  throw callErrorFrom(json, codeOf(answer.statusCode ?? 0), requestIdOf(answer));
}

async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of unbroken(answer)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An answer whose connection is lost in its middle is told as a platform that is away: it may be asked again. */
async function* unbroken(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch {
    throw brokeOff(answer);
  }
}

function brokeOff(answer: IncomingMessage): CallError {
  const message = 'The connection was lost in the middle of the answer.';
  return callErrorFrom({ message }, 'unavailable', requestIdOf(answer));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What Connect takes statuses of HTTP for, where a proxy answers in place of the platform. */
function codeOf(status: number): string {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'permission_denied';
  if (status === 404) return 'unimplemented';
  return [429, 502, 503, 504].includes(status) ? 'unavailable' : 'unknown';
}

function requestIdOf({ headers }: IncomingMessage): string {
  const id = headers['x-request-id'];
  return typeof id === 'string' ? id : '';
}

function unreachable(url: string, error: Error): Error {
  const why = 'code' in error ? String(error.code) : error.message;
  return new UnreachableError(url, why);
}

/** Nobody answers at an address. */
export class UnreachableError extends CliError {
  constructor(url: string, why: string) {
    super(
      `${url} cannot be reached: ${why}.`,
      'Start a platform with `billingrails dev`, or name its address: --url, BILLINGRAILS_URL, or `billingrails login`.',
      EXIT.unavailable,
    );
  }
}
