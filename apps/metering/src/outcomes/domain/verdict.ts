import { quantityText, shownDistinctValue, type JsonObject } from '@billingrails/filters';
import type { MeterId } from '@billingrails/ids';
import type { SampleValue } from '../../domain/aggregation';
import { parseProperties, type UsageEvent } from '../../events/domain/event';
import { allVersionsOf, withoutProfiles, type Meter } from '../../meters/domain/meter';
import { compileProfile, type Profile, type UnusableReason } from '../../meters/domain/profile';
import { outcomeOf, type OutcomeState, type Unusable } from './outcome';

/** What a version of a profile made of an event. */
export interface Verdict {
  readonly meterId: MeterId;
  readonly code: string;
  readonly version: number;
  /** Pending: the version has not looked at the event yet, as earlier events are still being counted. */
  readonly outcome: 'counted' | 'filtered_out' | 'unusable' | 'pending';
  /** Of unusable. */
  readonly reason?: UnusableReason;
  /** What it was counted with; empty for count. */
  readonly value?: string;
}

/** What became of an event, and by whom. */
export interface Judgement {
  readonly state: OutcomeState;
  readonly verdicts: readonly Verdict[];
}

/**
 * Says what became of events of one name: by the versions of its meters' profiles but those that are pending, in whose
 * place the versions before them still count.
 */
export function compileJudge(
  meters: readonly Meter[],
  pending: readonly number[],
): (event: UsageEvent) => Judgement {
  const judges = meters.flatMap((meter) => judgesOf(meter, pending));
  return (event) => {
    const properties = parseProperties(event.properties);
    const verdicts = judges.map((judge) => judge.verdict(properties, event.timestampMs));
    const countedBy: number[] = [];
    const unusableBy: Unusable[] = [];
    let lookedCount = 0;
    for (const [index, { number: profile }] of judges.entries()) {
      const verdict = verdicts[index];
      if (verdict?.outcome !== 'pending') lookedCount += 1;
      if (verdict?.outcome === 'counted') countedBy.push(profile);
      if (verdict?.reason !== undefined) unusableBy.push({ profile, reason: verdict.reason });
    }
    const { state } = outcomeOf(lookedCount, countedBy, unusableBy);
    return { state, verdicts };
  };
}

/** What an event was counted with, for callers: a decimal, or a distinct value as JSON; empty for count. */
export function valueText(value: SampleValue): string {
  if (typeof value === 'bigint') return quantityText(value);
  return value === undefined ? '' : JSON.stringify(shownDistinctValue(value));
}

interface Judge {
  readonly number: number;
  verdict(properties: JsonObject | undefined, timestampMs: number): Verdict;
}

function judgesOf(meter: Meter, pending: readonly number[]): Judge[] {
  const looking = allVersionsOf(withoutProfiles(meter, pending)).map((version): Judge => {
    const { evaluate } = compileProfile(version);
    const named = nameOf(meter, version.profile);
    return {
      number: version.profile.number,
      verdict(properties, timestampMs) {
        const made = evaluate(properties, timestampMs);
        if (made.kind === 'counted') {
          return { ...named, outcome: 'counted', value: valueText(made.value) };
        }
        if (made.kind === 'unusable') return { ...named, outcome: 'unusable', reason: made.reason };
        return { ...named, outcome: 'filtered_out' };
      },
    };
  });
  const missing = meter.profiles.filter(({ number }) => pending.includes(number));
  const waiting = missing.map((profile): Judge => {
    const verdict: Verdict = { ...nameOf(meter, profile), outcome: 'pending' };
    return { number: profile.number, verdict: () => verdict };
  });
  return [...looking, ...waiting];
}

function nameOf({ id: meterId }: Meter, { code, version }: Profile) {
  return { meterId, code, version };
}
