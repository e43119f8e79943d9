import type {
  RepairUsageRequest,
  VerifyUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { HandlerContext } from '@connectrpc/connect';
import { setTimeout as pause } from 'node:timers/promises';
import { DAY_MS, HOURS_PER_DAY } from '../domain/hours';
import type { Meter } from '../domain/meter';
import { getMeter, listMeters } from '../store/meters';
import { assertRawEventsKept } from '../store/raw-horizon';
import { compareHours, type Comparison } from '../store/compare-hours';
import type { HoursScope } from '../store/hours-scope';
import { rebuildHours } from '../store/rebuild-hours';
import { inSnapshot } from '../store/snapshot';
import { daysWithUsage, nextAccount } from '../store/usage-day-list';
import { readVerifyRequest, toDifference, type VerifyRequest } from './verify-messages';

/** What comparing usage with its events needs. */
export interface VerifyContext {
  readonly mongo: Mongo;
  /** Aborted when the process is about to end. */
  readonly closing: AbortSignal;
}

/** Told at least so often, unless a single day takes longer. */
const PROGRESS_MS = 1_000;
/** Told at once when there are so many. */
const DIFFERENCES_PER_MESSAGE = 100;
const METERS_PER_READ = 100;

/** Compares buckets with their events. Changes nothing. */
export async function* verifyUsageCall(
  context: VerifyContext,
  request: VerifyUsageRequest,
  call: HandlerContext,
) {
  yield* work(context, request, call, (scope) =>
    inSnapshot(context.mongo, async (db, session) => {
      await assertRawEventsKept(db, session, firstMsOf(scope));
      return compareHours(db, session, scope);
    }),
  );
}

/**
 * Does so, and replaces what differs. A day of an account is one transaction; whoever counts something of it at the same
 * time writes the same buckets, so one of both runs again.
 */
export async function* repairUsageCall(
  context: VerifyContext,
  request: RepairUsageRequest,
  call: HandlerContext,
) {
  const { mongo } = context;
  const steps = work(context, request, call, (scope) =>
    inTransaction(mongo, async (session) => {
      await assertRawEventsKept(mongo.db, session, firstMsOf(scope));
      return rebuildHours(mongo.db, session, scope);
    }),
  );
  for await (const verification of steps) yield { verification };
}

function firstMsOf({ hours: [first = 0] }: HoursScope): number {
  return (first * DAY_MS) / HOURS_PER_DAY;
}

async function* work(
  { mongo, closing }: VerifyContext,
  request: VerifyUsageRequest | RepairUsageRequest,
  call: HandlerContext,
  doDay: (scope: HoursScope) => Promise<Comparison>,
) {
  const { organisationId } = principalOf(call);
  const wanted = readVerifyRequest(request);
  const signal = AbortSignal.any([call.signal, closing]);
  const pace = new Pace(wanted.daysPerSecondMax, signal);
  const meters = await metersOf(mongo, organisationId, request.meterId);
  let found: ReturnType<typeof toDifference>[] = [];
  let [bucketCount, eventCount, differenceCount] = [0, 0, 0];
  const told = (done: boolean) => ({
    differences: found,
    bucketCount: BigInt(bucketCount),
    eventCount: BigInt(eventCount),
    differenceCount: BigInt(differenceCount),
    done,
  });
  let toldAtMs = performance.now();
  for await (const { meter, scope } of days(mongo, organisationId, meters, wanted)) {
    const compared = await doDay(scope);
    bucketCount += compared.bucketCount;
    eventCount += compared.eventCount;
    differenceCount += compared.differences.length;
    found.push(...compared.differences.map((difference) => toDifference(meter, difference)));
    const isDue = performance.now() - toldAtMs >= PROGRESS_MS;
    if (isDue || found.length >= DIFFERENCES_PER_MESSAGE) {
      yield told(false);
      found = [];
      toldAtMs = performance.now();
    }
    await pace.next();
    if (signal.aborted) return;
  }
  yield told(true);
}

/** All meters, archived ones too, or one. Throws `not_found` when it does not exist. */
async function metersOf(
  { db }: Mongo,
  organisationId: OrganisationId,
  meterId: string,
): Promise<Meter[]> {
  if (meterId !== '') return [await getMeter(db, undefined, organisationId, meterId)];
  const meters: Meter[] = [];
  for (let after = ''; ; after = meters.at(-1)?.id ?? '') {
    const listing = { organisationId, eventName: '', includeArchived: true, after };
    const page = await listMeters(db, listing, METERS_PER_READ);
    meters.push(...page);
    if (page.length < METERS_PER_READ) return meters;
  }
}

/** Every day of every account that has events or buckets of a meter. */
async function* days(
  { db }: Mongo,
  organisationId: OrganisationId,
  meters: readonly Meter[],
  { accountIds, ...range }: VerifyRequest,
): AsyncGenerator<{ meter: Meter; scope: HoursScope }> {
  for await (const accountId of accountsOf()) {
    for (const meter of meters) {
      const { eventName } = meter;
      const profiles = meter.profiles.map(({ number }) => number);
      const scope = { organisationId, accountId, eventName, profiles };
      for (const day of await daysWithUsage(db, scope, range)) {
        const hours = Array.from(
          { length: HOURS_PER_DAY },
          (_, hour) => day * HOURS_PER_DAY + hour,
        );
        yield { meter, scope: { ...scope, hours } };
      }
    }
  }

  async function* accountsOf() {
    if (accountIds.length > 0) return yield* accountIds;
    let accountId = await nextAccount(db, organisationId, '');
    while (accountId !== undefined) {
      yield accountId;
      accountId = await nextAccount(db, organisationId, accountId);
    }
  }
}

/** Keeps the work below so many steps a second, so that others are not held up. */
class Pace {
  #steps = 0;
  readonly #startedAtMs = performance.now();

  constructor(
    private readonly perSecondMax: number,
    private readonly signal: AbortSignal,
  ) {}

  /** Resolves when the next step may begin, or the signal is aborted. */
  async next(): Promise<void> {
    this.#steps += 1;
    const dueAtMs = this.#startedAtMs + (this.#steps * 1_000) / this.perSecondMax;
    const waitMs = dueAtMs - performance.now();
    if (waitMs > 0) await pause(waitMs, undefined, { signal: this.signal }).catch(() => undefined);
  }
}
