import type { JsonObject } from '@billingrails/filters';
import type { OrganisationId } from '@billingrails/ids';
import {
  differingFields,
  parseProperties,
  type ArrivedEvent,
  type EventField,
  type UsageEvent,
} from '../../events/domain/event';
import type { CompiledProfile } from '../../meters/domain/profile';
import { UsageCollector, type CollectedDay } from '../../usage/domain/usage-day';
import { outcomeOf, type Outcome, type OutcomeState, type Unusable } from './outcome';

/** An event to be stored, with what became of it. */
export interface MeteredEvent extends ArrivedEvent {
  readonly outcome: Outcome;
}

/** An event whose key was taken by one with other content. It is kept, and not counted. */
export interface ConflictingEvent extends ArrivedEvent {
  /** In what it differs. */
  readonly differs: readonly EventField[];
}

/** Everything that a chunk of events changes, decided without touching anything. */
export interface ChunkPlan {
  /** Those whose key is new. */
  readonly events: readonly MeteredEvent[];
  readonly usage: readonly CollectedDay[];
  readonly conflicts: readonly ConflictingEvent[];
  /** Those that came again with the same content. */
  readonly duplicates: readonly ArrivedEvent[];
}

/** What a plan is made from. */
export interface ChunkInput {
  /** In the order of the stream. */
  readonly events: readonly ArrivedEvent[];
  /**
   * Those of the chunk's keys that are taken, by id, with the contents that their events ever had; none where all that
   * came again is known to have one of them.
   */
  readonly taken: ReadonlyMap<string, readonly UsageEvent[]>;
  /** Contents that wait for keys, by id: an event gets them when it comes. */
  readonly amendments?: ReadonlyMap<string, readonly UsageEvent[]>;
  profilesOf(organisationId: OrganisationId, eventName: string): readonly CompiledProfile[];
}

/** Decides what becomes of every event of a chunk. The first event of a key is the one that counts. */
export function planChunk({ events, taken, amendments = NONE, profilesOf }: ChunkInput): ChunkPlan {
  const seen = new Map<string, readonly UsageEvent[]>(taken);
  const metered: MeteredEvent[] = [];
  const conflicts: ConflictingEvent[] = [];
  const collector = new UsageCollector();
  const duplicates: ArrivedEvent[] = [];
  for (const placed of events) {
    const { event, place, bytes } = placed;
    const contents = seen.get(event.id);
    if (contents === undefined) {
      seen.set(event.id, [event, ...amendmentsOf(event, amendments)]);
      const profiles = profilesOf(event.organisationId, event.eventName);
      metered.push({ event, place, bytes, outcome: meterEvent(event, profiles, collector) });
      continue;
    }
    // In what it differs from the first content is told, if it is none of them.
    const [first = [], ...others] = contents.map((content) => differingFields(content, event));
    if ([first, ...others].some(({ length }) => length === 0)) duplicates.push(placed);
    else conflicts.push({ ...placed, differs: first });
  }
  return { events: metered, usage: collector.days(), conflicts, duplicates };
}

const NONE: ReadonlyMap<string, readonly UsageEvent[]> = new Map();

function amendmentsOf(
  { id, accountId }: UsageEvent,
  amendments: ReadonlyMap<string, readonly UsageEvent[]>,
): readonly UsageEvent[] {
  const own = amendments.get(id);
  return own === undefined ? [] : own.filter((amended) => amended.accountId === accountId);
}

/**
 * Asks every profile about one event and gathers what they count. The properties are parsed once, and only when
 * there is a profile to look at them.
 */
export function meterEvent(
  event: UsageEvent,
  profiles: readonly CompiledProfile[],
  collector: Pick<UsageCollector, 'add'>,
): Outcome {
  if (profiles.length === 0) return UNMATCHED;
  const properties: JsonObject | undefined = parseProperties(event.properties);
  const countedBy: number[] = [];
  const unusableBy: Unusable[] = [];
  for (const profile of profiles) {
    const evaluation = profile.evaluate(properties, event.timestampMs);
    if (evaluation.kind === 'counted') {
      countedBy.push(profile.number);
      collector.add(profile, event, evaluation.value, evaluation.group);
    } else if (evaluation.kind === 'unusable') {
      unusableBy.push({ profile: profile.number, reason: evaluation.reason });
    }
  }
  return outcomeOf(profiles.length, countedBy, unusableBy);
}

const UNMATCHED: Outcome = outcomeOf(0, [], []);

/** How many events came to each end. */
export type OutcomeCounts = Readonly<Record<OutcomeState, number>>;

/** Counts the outcomes of events. */
export function countOutcomes(outcomes: Iterable<Outcome>): OutcomeCounts {
  const counts = { counted: 0, unusable: 0, filtered_out: 0, unmatched: 0 };
  for (const { state } of outcomes) counts[state] += 1;
  return counts;
}
