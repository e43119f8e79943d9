import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { eventIdOf } from '../../events/domain/event';
import { findKeys } from '../../events/store/event-keys';
import { readContents } from '../../events/store/events';
import { inSnapshot } from '../../store/snapshot';
import { readUsageIn, type UsageAnswer } from './read-usage';

/** One usage of an account. */
export interface AccountUsageQuestion {
  readonly meterId: string;
  /** A profile's code; empty for the default one. */
  readonly profileCode: string;
  readonly period: Period;
  readonly timeZone: string;
}

/** What is asked of an account. */
export interface AccountUsageQuery {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly questions: readonly AccountUsageQuestion[];
  /** Of which events it is asked whether they are counted. */
  readonly keys: readonly string[];
  /** Answers the questions as it was known then. Undefined: now. */
  readonly knownAtMs: number | undefined;
}

/** An event that is stored, and so counted. */
export interface KnownEvent {
  readonly key: string;
  /** When it happened. Undefined: so long ago that its content has been deleted. */
  readonly timestampMs: number | undefined;
}

/** The usages in the order of the questions, and those of the events that are known. All of it is of one snapshot. */
export function readAccountUsage(
  mongo: Mongo,
  { organisationId, accountId, questions, keys, knownAtMs }: AccountUsageQuery,
): Promise<{ usages: UsageAnswer[]; known: KnownEvent[] }> {
  return inSnapshot(mongo, async (db, session) => {
    const usages: UsageAnswer[] = [];
    for (const { period, ...question } of questions) {
      const query = { organisationId, accounts: [accountId], windows: [period], ...question };
      usages.push(await readUsageIn(db, session, { ...query, knownAtMs }));
    }
    return { usages, known: await knownOf(db, session, organisationId, keys) };
  });
}

async function knownOf(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  keys: readonly string[],
): Promise<KnownEvent[]> {
  if (keys.length === 0) return [];
  const ids = new Map(keys.map((key) => [eventIdOf(organisationId, key), key]));
  const found = await findKeys(db, session, [...ids.keys()]);
  const contents = await readContents(db, session, [...found.values()]);
  return [...ids].flatMap(([id, key]): KnownEvent[] => {
    const content = found.get(id);
    if (content === undefined) return [];
    return [{ key, timestampMs: contents.get(content)?.event.timestampMs }];
  });
}
