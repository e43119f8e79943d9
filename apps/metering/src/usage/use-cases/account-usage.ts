import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { readPastMarks } from '../../changes/store/past-marks';
import { eventIdOf } from '../../events/domain/event';
import { findKeys } from '../../events/store/event-keys';
import { readContents } from '../../events/store/events';
import { readVersions } from '../../meters/store/definitions';
import { findJointly } from '../../store/find';
import { inSnapshot, together } from '../../store/snapshot';
import { isAsOf, type ClosedUsages } from './closed-usages';
import { OpenUsages, type AccountUsage, type HalfClosed } from './open-usages';
import { readUsageIn } from './read-usage';

/** What reading the usage of accounts needs. */
export interface AccountUsageContext {
  readonly mongo: Mongo;
  readonly partitionCount: number;
  readonly closed: ClosedUsages;
}

/** One usage of an account. */
export interface AccountUsageQuestion {
  readonly accountId: AccountId;
  readonly meterId: string;
  /** A profile's code; empty for the default one. */
  readonly profileCode: string;
  readonly period: Period;
  readonly timeZone: string;
}

/** What is asked of accounts. */
export interface AccountUsageQuery {
  readonly organisationId: OrganisationId;
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

/** What is answered: all of it is of one moment. */
export interface AccountUsageAnswer {
  /** In the order of the questions. */
  readonly usages: readonly AccountUsage[];
  readonly known: readonly KnownEvent[];
}

/**
 * The usages, and those of the events that are known. What is closed of a period and kept is not read again, and what
 * is open is read for all questions together: so that many ask about the present for little.
 */
export function readAccountUsage(
  { mongo, partitionCount, closed }: AccountUsageContext,
  { organisationId, questions, keys, knownAtMs }: AccountUsageQuery,
): Promise<AccountUsageAnswer> {
  return inSnapshot(mongo, async (db, session) => {
    const asked = questions.map((question) => ({ ...question, organisationId }));
    if (knownAtMs !== undefined) {
      const usages: AccountUsage[] = [];
      for (const each of asked) usages.push(await readAlone(db, session, { ...each, knownAtMs }));
      return { usages, known: await knownOf(db, session, organisationId, keys) };
    }
    const find = findJointly(db, session);
    const open = new OpenUsages(find, organisationId, partitionCount);
    const halfClosed = (found: readonly (HalfClosed['closed'] | undefined)[]) =>
      asked.map((question, index): HalfClosed | undefined => {
        const half = found[index];
        return half && { accountId: question.accountId, period: question.period, closed: half };
      });
    // What is kept is taken to be right until it is known, so that all is asked for at once.
    const kept = asked.map((question) => closed.find(question));
    const [marks, versions, first] = await together([
      readPastMarks(find, asked, partitionCount),
      readVersions(find, [organisationId]),
      open.read(halfClosed(kept.map((each) => each?.closed))),
    ]);
    const known = await knownOf(db, session, organisationId, keys);
    const asOf = { marks, definitions: versions.get(organisationId) ?? 0 };
    const areKept = asked.map((question, index) => isAsOf(kept[index], question, asOf));
    if (areKept.every(Boolean) && first.every((usage) => usage !== undefined))
      return { usages: first.flatMap((usage) => usage ?? []), known };
    const read = await together(
      asked.map((question, index) =>
        areKept[index] ? undefined : closed.read(db, session, question, asOf),
      ),
    );
    const second = await open.read(halfClosed(read));
    const usages = await together(
      asked.map((question, index) => {
        const usage = areKept[index] ? first[index] : second[index];
        return usage ?? readAlone(db, session, question);
      }),
    );
    return { usages, known };
  });
}

/** Reads the whole period. */
async function readAlone(
  db: Db,
  session: ClientSession,
  question: AccountUsageQuestion &
    Pick<AccountUsageQuery, 'organisationId'> &
    Partial<Pick<AccountUsageQuery, 'knownAtMs'>>,
): Promise<AccountUsage> {
  const { accountId, period, ...of } = question;
  const query = { ...of, accounts: [accountId], windows: [period] };
  const { rows, partial, profileVersion } = await readUsageIn(db, session, query);
  const [row] = rows;
  return { value: row?.value ?? '', eventCount: row?.eventCount ?? 0, partial, profileVersion };
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
