import { createAsyncIterable, type UniversalServerResponse } from '@connectrpc/connect/protocol';
import type { Logger } from '@billingrails/log';
import type { Registry } from 'prom-client';
import { METRICS_MS_MAX } from '../limits';
import type { RequestHandler } from './listener';
import { sendAnswer } from './answers/send-answer';

/** What is known of a process, in a format that monitoring reads. Rejects when it cannot be told now. */
export type ReadMetrics = () => Promise<{ readonly contentType: string; readonly text: string }>;

type Requests = Parameters<RequestHandler>;

const RETRY_AFTER_S = 5;

/**
 * Reads a registry. Callers that ask while it is being read get the same answer: a broker and a database that are slow
 * are not asked more for it.
 */
export function readTogether(registry: Registry): ReadMetrics {
  const read = async () => ({ contentType: registry.contentType, text: await registry.metrics() });
  let reading: ReturnType<typeof read> | undefined;
  return () => (reading ??= read().finally(() => (reading = undefined)));
}

/** Answers with the metrics, or with 503 when they cannot be read within 5 s. Never rejects. */
export async function answerMetrics(
  read: ReadMetrics,
  request: Requests[0],
  response: Requests[1],
  logger: Logger,
): Promise<void> {
  request.resume();
  const answer = await readInTime(read).catch((error: unknown) => {
    logger.warn({ err: error }, 'the metrics could not be read');
    const header = { 'content-type': 'application/json', 'retry-after': `${RETRY_AFTER_S}` };
    const text = '{"code":"unavailable","message":"The metrics cannot be read now. Try again."}';
    return answerOf(503, header, text);
  });
  // The caller may have left.
  await sendAnswer(answer, request, response).catch(() => undefined);
}

async function readInTime(read: ReadMetrics): Promise<UniversalServerResponse> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const late = (): void => reject(new Error(`not read within ${METRICS_MS_MAX} ms`));
    timer = setTimeout(late, METRICS_MS_MAX);
  });
  try {
    const { contentType, text } = await Promise.race([read(), tooLate]);
    return answerOf(200, { 'content-type': contentType }, text);
  } finally {
    clearTimeout(timer);
  }
}

function answerOf(
  status: number,
  header: Record<string, string>,
  text: string,
): UniversalServerResponse {
  return { status, header: new Headers(header), body: createAsyncIterable([Buffer.from(text)]) };
}
