import type { FilterNode } from '@billingrails/filters';
import type { OrganisationId } from '@billingrails/ids';
import type { AggregationMethod } from '../../domain/aggregation';
import { allVersionsOf, type Meter } from './meter';

/** What ingest needs to know about the events of a name, to judge them before they are stored. */
export interface Announcement {
  readonly organisationId: OrganisationId;
  readonly eventName: string;
  /** The path of the property that names an event's account. */
  readonly accountProperty: string;
  readonly numbers: readonly AnnouncedNumber[];
}

/** A property that must be a number in the events that a version of a profile counts. */
export interface AnnouncedNumber {
  readonly property: string;
  /** The names of the meter and the aggregation, and the profile's code. */
  readonly meter: string;
  readonly profile: string;
  readonly method: AggregationMethod;
  readonly filter: FilterNode;
  readonly fromMs: number;
  readonly toMs: number;
}

const METHODS_WITHOUT_NUMBER: readonly AggregationMethod[] = ['count', 'count_unique'];

/**
 * What the meters of one event name of an organisation say about it; undefined for no meters. An archived meter goes on
 * counting, but refuses nothing any more.
 */
export function announcementOf(meters: readonly Meter[]): Announcement | undefined {
  const [first] = meters;
  if (first === undefined) return undefined;
  const { organisationId, eventName, accountProperty } = first;
  const active = meters.filter(({ status }) => status === 'active');
  return { organisationId, eventName, accountProperty, numbers: active.flatMap(numbersOf) };
}

function numbersOf(meter: Meter): AnnouncedNumber[] {
  return allVersionsOf(meter)
    .filter(({ profile }) => !METHODS_WITHOUT_NUMBER.includes(profile.method))
    .map(({ profile, fromMs, toMs }) => ({
      property: profile.property,
      meter: meter.name,
      profile: profile.code,
      method: profile.method,
      filter: { all: [...profile.filters, ...(profile.filter ? [profile.filter] : [])] },
      fromMs,
      toMs,
    }));
}
