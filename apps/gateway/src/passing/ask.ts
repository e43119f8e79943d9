import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Attempt } from './replica';
import type { ServiceReplicas } from './service-replicas';

/** An answer that was read whole. */
export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Makes a call of the gateway's own, with a body that is there whole. Undefined when nobody answers; the call may have
 * happened then.
 */
export async function ask(
  service: ServiceReplicas,
  call: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
): Promise<Asked | undefined> {
  const head = { ':method': 'POST', ':path': call.path, ...call.headers };
  for (const replica of service.candidates()) {
    const attempt = replica.begin(head, { endStream: false });
    attempt.stream.end(call.body);
    const answer = await read(attempt).catch(() => undefined);
    if (answer !== undefined || !attempt.isUntouched()) return answer;
  }
  return undefined;
}

async function read({ stream }: Attempt): Promise<Asked> {
  const over = new AbortController();
  stream.once('close', () => over.abort());
  const [headers] = (await once(stream, 'response', { signal: over.signal })) as [
    IncomingHttpHeaders,
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: Number(headers[':status']), headers, body };
}
