import { fromBinary } from '@bufbuild/protobuf';
import { consumeDurableTogether, USAGE, type Bus, type Consumption } from '@billingrails/bus';
import { UsageCountedSchema } from '@billingrails/contracts/billingrails/bus/v1/usage_counted_pb';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';

/** The subject that metering tells on whose events it has just counted. */
export const USAGE_COUNTED_SUBJECT = 'usage.counted';

/** The most messages that are heard together: a minute's of two replicas. */
const TOGETHER = 240;

/** Accounts whose events were counted, of one organisation, by the events' name. */
export type CountedEvents = ReadonlyMap<string, ReadonlySet<AccountId>>;

/** Who wants to hear of usage within seconds. */
export interface CountedFollower {
  readonly bus: Bus;
  /** Names the place in the stream; replicas with the same name share the messages. */
  readonly durable: string;
  readonly logger: Logger;
  /**
   * Hears of everything that was counted since the last call, together. What it throws lets it hear the same again.
   * A message is lost with a process that is killed: look at everything now and then as well.
   */
  readonly hear: (counted: ReadonlyMap<OrganisationId, CountedEvents>) => Promise<void>;
}

/** Starts hearing whose events were counted: a call at a time, and what comes meanwhile is one call. */
export function followCounted({
  bus,
  durable,
  logger,
  hear,
}: CountedFollower): Promise<Consumption> {
  return consumeDurableTogether(bus, {
    ...{ stream: USAGE.name, durable, subject: USAGE_COUNTED_SUBJECT, logger },
    together: TOGETHER,
    handler: async (messages) => {
      await hear(joined(messages.map(({ data }) => data)));
      return [];
    },
  });
}

function joined(messages: readonly Uint8Array[]): Map<OrganisationId, CountedEvents> {
  const all = new Map<OrganisationId, Map<string, Set<AccountId>>>();
  for (const { counted } of messages.map((data) => fromBinary(UsageCountedSchema, data)))
    for (const { organisationId, eventName, accountIds } of counted) {
      const names = all.get(organisationId as OrganisationId) ?? new Map<string, Set<AccountId>>();
      all.set(organisationId as OrganisationId, names);
      const accounts = names.get(eventName) ?? new Set<AccountId>();
      names.set(eventName, accounts);
      for (const accountId of accountIds) accounts.add(accountId as AccountId);
    }
  return all;
}
