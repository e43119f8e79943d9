import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { HOURS_PER_DAY } from '../../domain/hours';
import type { Meter } from '../../meters/domain/meter';
import { getMeter, listMeters } from '../../meters/store/meters';
import { daysWithUsage, nextAccount } from '../../usage/store/usage-day-list';
import type { HoursScope } from '../../usage/use-cases/hours-scope';
import type { DayRange } from '../../usage/domain/usage-cuts';

const METERS_PER_READ = 100;

/** All hours of a UTC day. */
export const ALL_HOURS = Array.from({ length: HOURS_PER_DAY }, (_, hour) => hour);

/** Which days to compare. */
export interface WantedDays extends DayRange {
  /** Empty for all. */
  readonly accountIds: readonly AccountId[];
  /** The last day that an earlier call has compared; undefined: from the beginning. */
  readonly after: DayPosition | undefined;
}

/** A day of an account and meter, in the order in which they are compared: by account, meter, day. */
export interface DayPosition {
  readonly account: string;
  readonly meter: string;
  readonly day: number;
}

/** A UTC day of an account under a meter's profiles. */
export interface DayScope extends HoursScope {
  readonly day: number;
}

/**
 * Every day of every account that has events or buckets of a meter, by account, meter and day, after what was done
 * before.
 */
export async function* daysToCompare(
  { db }: Mongo,
  organisationId: OrganisationId,
  meters: readonly Meter[],
  { accountIds, after, ...range }: WantedDays,
): AsyncGenerator<{ meter: Meter; scope: DayScope }> {
  for await (const accountId of accountsOf()) {
    const isSame = accountId === after?.account;
    for (const meter of isSame ? meters.filter(({ id }) => id >= after.meter) : meters) {
      const { eventName } = meter;
      const profiles = meter.profiles.map(({ number }) => number);
      const scope = { organisationId, accountId, eventName, profiles };
      const isBegun = isSame && meter.id === after.meter;
      const fromDay = isBegun ? Math.max(range.fromDay, after.day + 1) : range.fromDay;
      for (const day of await daysWithUsage(db, scope, { ...range, fromDay })) {
        const hours = ALL_HOURS.map((hour) => day * HOURS_PER_DAY + hour);
        yield { meter, scope: { ...scope, day, hours } };
      }
    }
  }

  async function* accountsOf() {
    if (accountIds.length > 0) {
      const first = after === undefined ? 0 : accountIds.findIndex((id) => id === after.account);
      return yield* accountIds.slice(Math.max(first, 0));
    }
    if (after !== undefined) yield after.account as AccountId;
    let accountId = await nextAccount(db, organisationId, after?.account ?? '');
    while (accountId !== undefined) {
      yield accountId;
      accountId = await nextAccount(db, organisationId, accountId);
    }
  }
}

/** All meters, archived ones too, or one. Throws `not_found` when it does not exist. */
export async function metersToCompare(
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
