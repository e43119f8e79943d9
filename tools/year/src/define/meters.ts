import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { History, UsageBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';

/** A meter for each event name, with a profile for each aggregation that a fee prices. */
export async function defineMeters(
  clients: Clients,
  { plans }: History,
): Promise<Map<string, string>> {
  const usages = plans.flatMap(({ fees }) => fees.flatMap(({ usage }) => usage ?? []));
  const meters = new Map<string, string>();
  for (const event of new Set(usages.map((usage) => usage.event))) {
    const own = new Map(
      usages.filter((usage) => usage.event === event).map((usage) => [profileOf(usage), usage]),
    );
    const profiles = [...own.values()].map(profileDraft);
    const request = { name: event, eventName: event, profiles, requestId: event };
    const { meter } = await steadily(() => clients.meters.createMeter(request));
    if (!meter) throw new Error('The meter was not returned.');
    meters.set(event, meter.id);
  }
  return meters;
}

const METHODS: Record<UsageBook['aggregation'], AggregationMethod> = {
  count: AggregationMethod.COUNT,
  unique: AggregationMethod.COUNT_UNIQUE,
  sum: AggregationMethod.SUM,
  max: AggregationMethod.MAX,
};

/** The profile's code. */
export function profileOf({ aggregation, groupBy }: UsageBook): string {
  return groupBy === undefined ? aggregation : `${aggregation}_by_${groupBy}`;
}

function profileDraft(usage: UsageBook) {
  const { aggregation, property = '', groupBy } = usage;
  return {
    code: profileOf(usage),
    name: profileOf(usage),
    groupBy: groupBy === undefined ? [] : [groupBy],
    aggregationMethod: METHODS[aggregation],
    aggregationProperty: property,
  };
}
