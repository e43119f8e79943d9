import type { AccountId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import { parseProperties, type UsageEvent } from '../../events/domain/event';
import { compileProfile, type Evaluation, type Profile } from '../../meters/domain/profile';
import { planUsage } from './usage-plan';
import { UsageTable, type UsageRow } from './usage-table';

/** What a profile makes of events that it never counted. */
export interface Preview {
  /** How many events there were, and how many came to each end. */
  readonly eventCount: number;
  readonly countedCount: number;
  readonly filteredOutCount: number;
  readonly unusableCount: number;
  /** By account id, then group; only of those with counted events. */
  readonly usage: readonly UsageRow[];
  /** Some of the events, of each outcome some. */
  readonly samples: readonly PreviewedEvent[];
}

/** An event with what the profile makes of it. */
export interface PreviewedEvent {
  readonly event: UsageEvent;
  readonly evaluation: Evaluation;
}

const ROWS_MAX = 100;
const SAMPLES_MAX = 20;
const SAMPLES_OF_OUTCOME_MAX = 5;

/** Counts events, all of them inside the period, by a profile that need not exist. */
export function previewOf(
  profile: Profile,
  period: Period,
  events: readonly UsageEvent[],
): Preview {
  const { evaluate } = compileProfile({ profile, fromMs: -Infinity, toMs: Infinity });
  const previewed = events.map((event): PreviewedEvent => {
    const evaluation = evaluate(parseProperties(event.properties), event.timestampMs);
    return { event, evaluation };
  });
  const countOf = (kind: Evaluation['kind']) =>
    previewed.filter(({ evaluation }) => evaluation.kind === kind).length;
  return {
    eventCount: events.length,
    countedCount: countOf('counted'),
    filteredOutCount: countOf('filtered_out'),
    unusableCount: countOf('unusable'),
    usage: usageOf(profile, period, previewed),
    samples: samplesOf(previewed),
  };
}

/** What an event came to: "counted", "filtered_out", or why it is unusable. */
export function outcomeTextOf(evaluation: Evaluation): string {
  return evaluation.kind === 'unusable' ? evaluation.reason : evaluation.kind;
}

function usageOf(
  profile: Profile,
  period: Period,
  previewed: readonly PreviewedEvent[],
): UsageRow[] {
  const version = { profile, fromMs: -Infinity, toMs: Infinity };
  const plan = planUsage(profile, [period], 'UTC', [version]);
  const [versionPlan] = plan.versions;
  if (versionPlan === undefined) return [];
  const table = new UsageTable(plan, profile.groupBy.length > 0);
  const accountIds = new Set<AccountId>();
  const numbers = new Map<string, number>();
  for (const { event, evaluation } of previewed) {
    if (evaluation.kind !== 'counted') continue;
    const { accountId, timestampMs, key } = event;
    const { group, value } = evaluation;
    accountIds.add(accountId);
    const sample = { timestampMs, key, value };
    table.addEvent(versionPlan, { accountId, group }, sample, numberOf(numbers, value));
  }
  return [...accountIds]
    .sort()
    .flatMap((accountId) =>
      table.groupsOf(accountId).flatMap((named) => table.rowsOf(accountId, named)),
    )
    .slice(0, ROWS_MAX);
}

/** Distinct values are counted by number; undefined for what is none. */
function numberOf(
  numbers: Map<string, number>,
  value: bigint | string | undefined,
): number | undefined {
  if (typeof value !== 'string') return undefined;
  const number = numbers.get(value) ?? numbers.size;
  numbers.set(value, number);
  return number;
}

function samplesOf(previewed: readonly PreviewedEvent[]): PreviewedEvent[] {
  const counts = new Map<string, number>();
  const samples = previewed.filter(({ evaluation }) => {
    const outcome = outcomeTextOf(evaluation);
    const count = (counts.get(outcome) ?? 0) + 1;
    counts.set(outcome, count);
    return count <= SAMPLES_OF_OUTCOME_MAX;
  });
  return samples.slice(0, SAMPLES_MAX);
}
