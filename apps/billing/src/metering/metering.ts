import { MeterStatus } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import {
  UsageWindow,
  type UsageService,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert } from '@billingrails/errors';
import type { AccountId, MeterId, OrganisationId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { onBehalfOf, toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import { Code, ConnectError, type CallOptions, type Client } from '@connectrpc/connect';
import type { Usage } from '../domain/close-period';
import type { MeterProfile } from '../domain/fee';
import { meteringError } from './metering-error';

/** How long a usage query may wait for acknowledged events to be counted. */
const QUERY_TIMEOUT_MS = 10_000;
/** How long looking up a meter may take. */
const LOOKUP_TIMEOUT_MS = 5_000;

/** What billing asks metering. Failures of the way there are DomainErrors of kind unavailable. */
export interface Metering {
  /** The meter, if there is one and it is not archived: only then may something new count by it. */
  meterInUse(
    organisationId: OrganisationId,
    meterId: string,
    signal?: AbortSignal,
  ): Promise<MeterInUse | undefined>;
  usage(question: UsageQuestion): Promise<UsageAnswer>;
}

/** The codes of a meter's profiles. */
export interface MeterInUse {
  readonly meterId: MeterId;
  readonly profiles: readonly string[];
  readonly defaultProfile: string;
}

/** Whose usage of what in which span. */
export interface UsageQuestion {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly meterProfile: MeterProfile;
  readonly period: Period;
  /** Whether every event acknowledged before the question is counted first. */
  readonly waitForAcknowledged?: boolean;
  /** From an ingest answer: its events are counted first. */
  readonly consistencyToken?: string;
  readonly signal?: AbortSignal;
}

/** The usage, and whether events from before the profile are still being counted. */
export interface UsageAnswer extends Usage {
  readonly partial: boolean;
}

/** Speaks to metering over generated clients. */
export function createMetering(
  meters: Client<typeof MeterService>,
  usages: Client<typeof UsageService>,
): Metering {
  return {
    async meterInUse(organisationId, meterId, signal) {
      const call = meters.getMeter({ meterId }, options(organisationId, LOOKUP_TIMEOUT_MS, signal));
      const { meter } = await orNothing(call);
      if (meter === undefined || meter.status === MeterStatus.ARCHIVED) return undefined;
      return {
        meterId: meter.id as MeterId,
        profiles: meter.profiles.map(({ code }) => code),
        defaultProfile: meter.defaultProfile,
      };
    },
    async usage(question) {
      const { organisationId, accountId, meterProfile, period, signal } = question;
      const request = {
        meterId: meterProfile.meterId,
        profile: meterProfile.profile,
        accountIds: [accountId],
        startTime: toTimestamp(period.startMs),
        endTime: toTimestamp(period.endMs),
        window: UsageWindow.NONE,
        waitForAcknowledged: question.waitForAcknowledged ?? false,
        consistencyToken: question.consistencyToken ?? '',
      };
      const call = usages.queryUsage(request, options(organisationId, QUERY_TIMEOUT_MS, signal));
      const { rows, partial } = await call.catch((error: unknown) => {
        throw meteringError(error);
      });
      const row = rows[0];
      assert(
        rows.length === 1 && row?.accountId === accountId,
        'metering answers one row for the named account',
      );
      return {
        ...(row.value === '' ? {} : { quantity: decimal(row.value) }),
        eventCount: row.eventCount,
        partial,
      };
    },
  };
}

/** The answer, or an empty one where what was asked for does not exist. */
async function orNothing<T>(call: Promise<T>): Promise<Partial<T>> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ConnectError && error.code === Code.NotFound) return {};
    throw meteringError(error);
  }
}

function options(
  organisationId: OrganisationId,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): CallOptions {
  return { ...onBehalfOf(organisationId), timeoutMs, ...(signal === undefined ? {} : { signal }) };
}
