import { precondition } from '@billingrails/errors';
import type { Collection, Db } from 'mongodb';
import type { Find } from '../../store/find';

const RAW_HORIZON = 'raw_horizon';

/** Before which instant raw events are, or are being, deleted. One document; none where they are kept for ever. */
interface RawHorizonDoc {
  _id: 'raw_events';
  before: Date;
}

function collection(db: Db): Collection<RawHorizonDoc> {
  return db.collection<RawHorizonDoc>(RAW_HORIZON);
}

/** The first instant from which on every raw event is there; -Infinity where none were ever deleted. */
export async function readRawHorizon(find: Find): Promise<number> {
  const found = find<RawHorizonDoc>(RAW_HORIZON, { _id: 'raw_events' });
  for await (const { before } of found) return before.getTime();
  return -Infinity;
}

/** Moves the horizon, before anything behind it is deleted. It never moves back. */
export async function moveRawHorizon(db: Db, beforeMs: number): Promise<void> {
  const update = { $max: { before: new Date(beforeMs) } };
  await collection(db).updateOne({ _id: 'raw_events' }, update, { upsert: true });
}

/** Throws when raw events from `startMs` on are needed and may be gone: better no answer than a short one. */
export async function assertRawEventsKept(find: Find, startMs: number): Promise<void> {
  const horizonMs = await readRawHorizon(find);
  if (startMs >= horizonMs) return;
  throw precondition(
    'RAW_EVENTS_DELETED',
    `This needs single events of before ${new Date(horizonMs).toISOString()}, and these are no longer kept. ` +
      'Usage of whole UTC hours is still there.',
  );
}
