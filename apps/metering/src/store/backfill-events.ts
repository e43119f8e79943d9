import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import type { BackfillPosition } from '../domain/backfill';
import type { Outcome } from '../domain/outcome';
import { eventCollection, fromDoc, type StoredEvent } from './events';

/** The order of a backfill's pass; the index of events has it. */
const PASS_ORDER = { a: 1, n: 1, t: 1, s: 1, i: 1 } as const;

/** The next stored events of a name in the order of the pass, none above `seqMax`. Fewer than `limit`: that was all. */
export async function nextInPass(
  db: Db,
  session: ClientSession,
  of: {
    readonly organisationId: OrganisationId;
    readonly eventName: string;
    readonly after: BackfillPosition | undefined;
    readonly seqMax: number;
  },
  limit: number,
): Promise<StoredEvent[]> {
  const all = { o: of.organisationId, n: of.eventName };
  const behind = { s: { $lte: of.seqMax } };
  const read = (filter: object, count: number) =>
    eventCollection(db)
      .find({ ...all, ...filter }, { session })
      .sort(PASS_ORDER)
      .limit(count)
      .map(fromDoc)
      .toArray();
  if (of.after === undefined) return read(behind, limit);
  const { accountId: a, timestampMs, seq: s, index: i } = of.after;
  const t = new Date(timestampMs);
  const later = [
    { t: { $gt: t }, ...behind },
    { t, s: { $gt: s, ...behind.s } },
    { t, s, i: { $gt: i } },
  ];
  const ofAccount = await read({ a, $or: later }, limit);
  if (ofAccount.length === limit) return ofAccount;
  const ofOthers = await read({ a: { $gt: a }, ...behind }, limit - ofAccount.length);
  return [...ofAccount, ...ofOthers];
}

/** An event that more profiles have looked at, with what they made of it and what that makes of it. */
export interface OutcomeChange {
  readonly stored: StoredEvent;
  readonly added: Outcome;
  readonly after: Outcome;
}

/** Writes the changed outcomes of stored events: one update for all events that change alike. */
export async function recordOutcomes(
  db: Db,
  session: ClientSession,
  changes: readonly OutcomeChange[],
): Promise<void> {
  const alike = new Map<string, OutcomeChange[]>();
  for (const change of changes) {
    const kind = JSON.stringify([change.after.state, change.added]);
    alike.set(kind, [...(alike.get(kind) ?? []), change]);
  }
  const updates = [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { added, after } = first;
    const unusable = added.unusableBy.map(({ profile, reason }) => ({ p: profile, r: reason }));
    const ids = group.map(({ stored }) => stored.event.id);
    return {
      updateMany: {
        filter: { _id: { $in: ids } },
        update: {
          $set: { x: after.state },
          $push: { c: { $each: [...added.countedBy] }, u: { $each: unusable } },
        },
      },
    };
  });
  if (updates.length > 0) await eventCollection(db).bulkWrite(updates, { session, ordered: false });
}
