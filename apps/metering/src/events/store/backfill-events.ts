import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { BackfillPosition } from '../../backfills/domain/backfill';
import { segmentIdOf } from '../domain/segment';
import { segmentCollection, type SegmentDoc } from './segments';

/** The order of a backfill's pass; the index of segments has it. */
const PASS_ORDER = { a: 1, en: 1, lt: 1, ft: 1, _id: 1 } as const;

/**
 * The next segments of a name in the order of the pass, none of a chunk that ends above `seqMax`: the first, and more
 * as long as their events do not exceed `eventCount`. None: that was all.
 */
export async function nextInPass(
  db: Db,
  session: ClientSession,
  of: {
    readonly organisationId: OrganisationId;
    readonly eventName: string;
    readonly after: BackfillPosition | undefined;
    readonly seqMax: number;
  },
  eventCount: number,
): Promise<SegmentDoc[]> {
  const segments: SegmentDoc[] = [];
  let read = 0;
  for (const range of rangesAfter(of.after)) {
    const filter = {
      $and: [
        { o: of.organisationId, en: of.eventName, _id: { $lt: segmentIdOf(of.seqMax + 1, 0) } },
        range,
      ],
    };
    const found = segmentCollection(db)
      .find(filter, { session, batchSize: SEGMENTS_PER_BATCH })
      .sort(PASS_ORDER)
      .limit(eventCount);
    for await (const segment of found) {
      read += segment.n;
      if (read > eventCount && segments.length > 0) return segments;
      segments.push(segment);
    }
  }
  return segments;
}

/** Small segments come in few answers. Of large ones the server gives no more than 16 MiB at once. */
const SEGMENTS_PER_BATCH = 1_000;

/** What lies after a position: the rest of its account, then the accounts after it. */
function rangesAfter(after: BackfillPosition | undefined): Filter<SegmentDoc>[] {
  if (after === undefined) return [{}];
  const { accountId: a, id: _id } = after;
  const [ft, lt] = [new Date(after.firstMs), new Date(after.lastMs)];
  const later = [{ lt: { $gt: lt } }, { lt, ft: { $gt: ft } }, { lt, ft, _id: { $gt: _id } }];
  return [{ a, $or: later }, { a: { $gt: a } }];
}
