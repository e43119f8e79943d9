import { isNotFound } from '../api-errors';
import { whileConnected, type Bus } from '../connect';
import { partitionSubject } from './partition';
import { EVENTS } from './streams';

/** The last acknowledged sequence in a partition, 0 when it has had no event. Asks the stream's leader. */
export async function lastSeqOf(bus: Bus, partition: number): Promise<number> {
  try {
    const query = { last_by_subj: partitionSubject(partition) };
    const { seq } = await whileConnected(bus, () =>
      bus.manager.streams.getMessage(EVENTS.name, query),
    );
    return seq === anchorSeqOf(partition) ? 0 : seq;
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw error;
  }
}

/** Whether the stream holds the message, and in that partition. Asks the stream's leader. */
export async function holdsMessage(bus: Bus, partition: number, seq: number): Promise<boolean> {
  try {
    const { subject } = await whileConnected(bus, () =>
      bus.manager.streams.getMessage(EVENTS.name, { seq }),
    );
    return subject === partitionSubject(partition);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * When the stream took the first message of a partition after `afterSeq`, by its clock; undefined when there is none.
 */
export async function timeOfNext(
  bus: Bus,
  partition: number,
  afterSeq: number,
): Promise<number | undefined> {
  const seq = Math.max(afterSeq, anchorSeqOf(partition)) + 1;
  // The server has long known this query; the client library's types do not.
  const query = { seq, next_by_subj: partitionSubject(partition) };
  try {
    const { time } = await whileConnected(bus, () =>
      bus.manager.streams.getMessage(EVENTS.name, query),
    );
    return time.getTime();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Removes what a partition holds before `appliedSeq`, the sequence of its last message that is stored elsewhere for
 * good. That message itself stays: by it a lane knows that nothing after it is missing. Returns how many went.
 */
export async function purgeApplied(
  bus: Bus,
  partition: number,
  appliedSeq: number,
): Promise<number> {
  if (appliedSeq === 0) return 0;
  const filter = partitionSubject(partition);
  const { purged } = await whileConnected(bus, () =>
    bus.manager.streams.purge(EVENTS.name, { filter, seq: appliedSeq }),
  );
  return purged;
}

/** Where `ensureStream` put the first message of a partition. */
function anchorSeqOf(partition: number): number {
  return partition + 1;
}
