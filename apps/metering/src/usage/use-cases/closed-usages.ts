import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { backfillsOf } from '../../backfills/store/backfills';
import type { PastMarks } from '../../changes/store/past-marks';
import { subjectsBeingRecounted } from '../../recounts/store/recounts';
import { findAlone } from '../../store/find';
import { together } from '../../store/snapshot';
import { getMeter } from '../../meters/store/meters';
import { NO_USAGE } from '../../domain/aggregation';
import { closedUntil, isJoinable, type ClosedUsage } from '../domain/open-usage';
import { planUsage } from '../domain/usage-plan';
import { UsageTable } from '../domain/usage-table';
import { versionsFor } from './read-usage';
import { UsageReader } from './usage-reader';

/** Whose usage of which period is closed in part. */
export interface ClosedUsageKey {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly meterId: string;
  readonly profileCode: string;
  readonly period: Period;
}

/** As of when something is kept: while all of it is the same, the same is read again. */
export interface AsOf {
  readonly marks: PastMarks;
  /** Of the organisation's definitions. */
  readonly definitions: number;
}

/** What a closed part came to, and as of when: the account's mark, and the version of the definitions. */
export interface Kept {
  readonly mark: number;
  readonly definitions: number;
  readonly closed: ClosedUsage;
}

/** Some hundred bytes each. Beyond it, what was kept first is read again when it is wanted. */
const KEPT_MAX = 100_000;

/** Keeps what closed parts of periods came to, as long as nothing has changed in the past of the account. */
export class ClosedUsages {
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly nowMs: () => number) {}

  /** What is kept. Whether marks and definitions are still those is for the caller to see: `isAsOf`. */
  find(key: ClosedUsageKey): Kept | undefined {
    const kept = this.#kept.get(nameOf(key));
    if (kept === undefined) return undefined;
    const { untilMs, version } = kept.closed;
    const isAlone = version.toMs >= key.period.endMs;
    return isAlone && untilMs === closedUntil(key.period, this.nowMs()) ? kept : undefined;
  }

  /**
   * Reads it and keeps it. Undefined where it would not help: the profile does not join (`isJoinable`), has several
   * versions in the period, or still counts earlier events, or the account's are being counted again.
   */
  async read(
    db: Db,
    session: ClientSession,
    key: ClosedUsageKey,
    { marks, definitions }: AsOf,
  ): Promise<ClosedUsage | undefined> {
    const { organisationId, accountId, meterId, profileCode, period } = key;
    // Which profile is the default one changes without a new version of the definitions.
    if (profileCode === '') return undefined;
    const meter = await getMeter(db, session, organisationId, meterId);
    const { versions, newest } = versionsFor(meter, { profileCode, windows: [period] });
    const [version, another] = versions.filter(
      ({ fromMs, toMs }) => fromMs < period.endMs && toMs > period.startMs,
    );
    if (version === undefined || another !== undefined || !isJoinable(newest)) return undefined;
    const numbers = [version.profile.number];
    const { eventName } = meter;
    const of = { organisationId, accountIds: [accountId], eventNames: [eventName] };
    const [backfills, recounted] = await together([
      backfillsOf(db, session, organisationId, numbers),
      subjectsBeingRecounted(findAlone(db, session), of),
    ]);
    if (recounted.size > 0 || backfills.some(({ complete }) => !complete)) return undefined;
    const untilMs = closedUntil(period, this.nowMs());
    let state = NO_USAGE;
    if (period.startMs < untilMs) {
      const plan = planUsage(newest, [{ startMs: period.startMs, endMs: untilMs }], 'UTC', [
        version,
      ]);
      const table = new UsageTable(plan, false);
      const reader = new UsageReader(db, session, { organisationId, eventName });
      for (const each of plan.versions) await reader.fill(table, each, [accountId]);
      state = table.stateOf(accountId);
    }
    const closed = { version, newestVersion: newest.version, eventName, untilMs, state };
    this.#keep(key, { mark: marks(key), definitions, closed });
    return closed;
  }

  #keep(key: ClosedUsageKey, kept: Kept): void {
    const name = nameOf(key);
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    const [first] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && first !== undefined) this.#kept.delete(first);
  }
}

/** Whether what was kept is still so. */
export function isAsOf(
  kept: Kept | undefined,
  key: ClosedUsageKey,
  { marks, definitions }: AsOf,
): boolean {
  return kept?.mark === marks(key) && kept.definitions === definitions;
}

function nameOf(key: ClosedUsageKey): string {
  const { organisationId, accountId, meterId, profileCode, period } = key;
  return `${organisationId}/${accountId}/${meterId}/${profileCode}/${period.startMs}`;
}
