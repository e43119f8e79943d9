import { partitionSubject, publishAtomic, type Bus } from '@billingrails/bus';
import { notFound } from '@billingrails/errors';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import { decodeMessage } from '../../events/contract/decode-message';
import {
  listQuarantined,
  markReplayed,
  readQuarantined,
  type KeptMessage,
  type QuarantineViewer,
} from '../store/quarantine';

/** What replaying quarantined messages needs. */
export interface ReplayContext {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly partitionCount: number;
  readonly nowMs: () => number;
}

/** What became of messages that were tried again. */
export interface Replay {
  readonly replayed: readonly KeptMessage[];
  /** With what is wrong with them now. */
  readonly remaining: readonly KeptMessage[];
}

const MESSAGES_MAX = 100;
const PUBLISH_TIMEOUT_MS = 10_000;

/**
 * Tries quarantined messages that the viewer can see again: those named, or with none named the next 100. Each that is
 * understood now is published to its partition once more, and then marked. After a crash in between the
 * message is published again: its events are counted once, by their keys. Throws `not_found` when an id is none that
 * the viewer sees.
 */
export async function replayQuarantined(
  context: ReplayContext,
  viewer: QuarantineViewer,
  ids: readonly string[],
): Promise<Replay> {
  const listing = { ...viewer, includeReplayed: ids.length > 0, afterSeq: 0 };
  const wanted = ids.length > 0 ? { ids } : {};
  const messages = await listQuarantined(context.mongo.db, { ...listing, ...wanted }, MESSAGES_MAX);
  const missing = ids.find((id) => !messages.some((message) => message.id === id));
  if (missing !== undefined) {
    throw notFound('MESSAGE_NOT_FOUND', `There is no quarantined message "${missing}".`);
  }
  const replayed: KeptMessage[] = [];
  const remaining: KeptMessage[] = [];
  for (const message of messages) {
    const tried = await replayOne(context, message);
    if (tried.replayTimeMs === undefined) remaining.push(tried);
    else replayed.push(tried);
  }
  return { replayed, remaining };
}

/** One message after the other, as they can be large. */
async function replayOne(
  { mongo, bus, partitionCount, nowMs }: ReplayContext,
  message: KeptMessage,
): Promise<KeptMessage> {
  if (message.replayTimeMs !== undefined) return message;
  const { partition, seq, streamTimeMs: timeMs } = message;
  const data = await readQuarantined(mongo.db, message.id);
  const subject = partitionSubject(partition);
  const decoded = decodeMessage({ partition, partitionCount }, { seq, data, subject, timeMs });
  if ('quarantined' in decoded) return { ...message, problem: decoded.quarantined.problem };
  await publishAtomic(bus, [{ subject, data }], { timeoutMs: PUBLISH_TIMEOUT_MS });
  const replayTimeMs = nowMs();
  await inTransaction(mongo, (session) =>
    markReplayed(mongo.db, session, message.id, replayTimeMs),
  );
  return { ...message, replayTimeMs };
}
