import { dateOf } from '@billingrails/mongo';
import type { Document } from 'mongodb';

/** A place in the order of a time, then of ids. */
export interface TimePosition {
  readonly ms: number;
  readonly id: string;
}

/** What has a time in a span, of one account or all, the oldest first. */
export interface TimeQuery {
  readonly startMs?: number;
  readonly endMs?: number;
  readonly accountId?: string;
  /** Only what comes after it, or with `inclusive` it and what does. */
  readonly from?: { readonly position: TimePosition; readonly inclusive: boolean };
}

/** The filter of a query by the times of a field, which an index has with the id behind it. */
export function inTime(
  organisationId: string,
  field: string,
  { startMs, endMs, accountId, from }: TimeQuery,
): Document {
  const start = Math.max(startMs ?? -Infinity, from?.position.ms ?? -Infinity);
  const span = {
    ...(start === -Infinity ? {} : { $gte: dateOf(start) }),
    ...(endMs === undefined ? {} : { $lt: dateOf(endMs) }),
  };
  return {
    organisationId,
    ...(Object.keys(span).length === 0 ? {} : { [field]: span }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(from && {
      $or: [
        { [field]: { $gt: dateOf(from.position.ms) } },
        { _id: { [from.inclusive ? '$gte' : '$gt']: from.position.id } },
      ],
    }),
  };
}
