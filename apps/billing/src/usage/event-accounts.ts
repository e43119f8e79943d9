import type { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import type { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import {
  UsageWindow,
  type UsageService,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { fromTimestamp, onBehalfOf, toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import { mapBounded } from '@billingrails/waits';
import type { Client } from '@connectrpc/connect';
import { meteringError } from './metering-error';

/** How long a question may take metering. */
const TIMEOUT_MS = 30_000;
/** The most accounts that metering summarizes at once. */
const SUMMARIZED_MAX = 100;
const QUERIES_AT_ONCE = 4;
/** The most meters whose usage is told. */
const METERS_MAX = 20;
const HOUR_MS = 3_600_000;

/** The events of an account. */
export interface EventAccount {
  readonly accountId: string;
  readonly eventCount: bigint;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What an account's events came to by a meter's default profile. */
export interface AccountUsage {
  readonly accountId: string;
  readonly meterId: string;
  readonly meterName: string;
  readonly profile: string;
  /** Empty: no value. */
  readonly quantity: string;
  readonly eventCount: bigint;
}

/** What billing asks metering about accounts that it need not know. Failures of the way are of kind unavailable. */
export interface EventAccounts {
  /** Accounts that events name, by id. An empty token: the first page, and the last. */
  list(
    organisationId: OrganisationId,
    page: { readonly pageSize: number; readonly pageToken: string },
    signal?: AbortSignal,
  ): Promise<{ accountIds: string[]; nextPageToken: string }>;
  /** Those of the accounts that have events, in their order. */
  summarize(
    organisationId: OrganisationId,
    accountIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<EventAccount[]>;
  /** What the accounts used in a period, by the oldest meters, where they used anything. */
  usages(
    organisationId: OrganisationId,
    accountIds: readonly string[],
    period: Period,
    signal?: AbortSignal,
  ): Promise<AccountUsage[]>;
}

/** Speaks to metering over generated clients. */
export function createEventAccounts(
  stored: Client<typeof StoredEventService>,
  meters: Client<typeof MeterService>,
  usageClient: Client<typeof UsageService>,
): EventAccounts {
  return {
    list: (organisationId, page, signal) =>
      asked(stored.listEventAccounts(page, options(organisationId, signal))),
    async summarize(organisationId, accountIds, signal) {
      const found: EventAccount[] = [];
      for (let from = 0; from < accountIds.length; from += SUMMARIZED_MAX) {
        const request = { accountIds: accountIds.slice(from, from + SUMMARIZED_MAX) };
        const call = stored.summarizeEventAccounts(request, options(organisationId, signal));
        for (const { accountId, eventCount, firstEventTime, lastEventTime } of (await asked(call))
          .accounts) {
          assert(firstEventTime !== undefined && lastEventTime !== undefined, 'events have times');
          const firstMs = fromTimestamp(firstEventTime, 'first_event_time');
          const lastMs = fromTimestamp(lastEventTime, 'last_event_time');
          found.push({ accountId, eventCount, firstMs, lastMs });
        }
      }
      return found;
    },
    async usages(organisationId, accountIds, period, signal) {
      if (accountIds.length === 0) return [];
      const calling = options(organisationId, signal);
      const listed = await asked(meters.listMeters({ pageSize: METERS_MAX }, calling));
      const rows = await mapBounded(listed.meters, QUERIES_AT_ONCE, async (meter) => {
        const question = {
          ...{ meterId: meter.id, profile: meter.defaultProfile, accountIds: [...accountIds] },
          // Whole hours are read without single events.
          startTime: toTimestamp(Math.floor(period.startMs / HOUR_MS) * HOUR_MS),
          endTime: toTimestamp(Math.ceil(period.endMs / HOUR_MS) * HOUR_MS),
          ...{ window: UsageWindow.NONE, omitEmpty: true, pageSize: accountIds.length },
        };
        const answer = await asked(usageClient.queryUsage(question, calling));
        return answer.rows.map(({ accountId, value, eventCount }) => ({
          ...{ accountId, meterId: meter.id, meterName: meter.name },
          ...{ profile: meter.defaultProfile, quantity: value, eventCount },
        }));
      });
      return rows.flat().filter(({ eventCount }) => eventCount > 0n);
    },
  };
}

async function asked<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw meteringError(error);
  }
}

function options(organisationId: OrganisationId, signal: AbortSignal | undefined) {
  const calling = { ...onBehalfOf(organisationId), timeoutMs: TIMEOUT_MS };
  return signal === undefined ? calling : { ...calling, signal };
}
