import { factsOf } from './facts-of';
import { standing, type Fact } from './fact';
import { renewalsUntil } from './minimum-term/running-term';
import type { BilledSoFar, Subscription } from './subscription';
import { endingOf } from './terms';

/** Something that a subscription has come to because its time had come. */
export interface Happening {
  readonly kind: 'changed' | 'trial_ended' | 'paused' | 'resumed' | 'ended' | 'renewed';
  /** When, by its clock: when it took effect, or became known where that was later. */
  readonly ms: number;
  /** What tells it from others of its kind: the number of its fact, or when the term began. */
  readonly occasion: string;
}

/**
 * What has happened of itself between two bills, in order: what took effect until the later one, or had before and was
 * not known to the earlier one. So over all bills each is told once, whatever they are cut into. What holds from the
 * beginning, and what comes after the end, is left out.
 */
export function happenedBetween(read: Subscription, billed: BilledSoFar): Happening[] {
  const { untilMs: fromMs = -Infinity, changes: knownBefore } = read.billed;
  const { untilMs = -Infinity, changes: known } = billed;
  if (read.changes.length === 0 || (untilMs === fromMs && known === knownBefore)) return [];
  const facts = factsOf(read);
  const ending = endingOf(facts);
  const happenings = new Map<string, Happening>();
  for (const fact of standing(facts)) {
    const { number, effectiveMs, knownMs } = fact;
    const isNew = number !== undefined && (number > knownBefore || effectiveMs > fromMs);
    if (!isNew || effectiveMs > untilMs || isFromStart(fact, read)) continue;
    if (fact !== ending && ending !== undefined && effectiveMs >= ending.effectiveMs) continue;
    const kind = fact === ending ? 'ended' : kindOf(fact);
    const ms = Math.max(effectiveMs, knownMs);
    // What takes effect together is one change, named by the last of it.
    if (kind !== undefined) happenings.set(`${kind} ${ms}`, { kind, ms, occasion: `${number}` });
  }
  const renewals = renewalsUntil(read, untilMs).filter(({ startMs }) => startMs > fromMs);
  const renewed = renewals.map(({ startMs: ms }): Happening => {
    return { kind: 'renewed', ms, occasion: `${ms}` };
  });
  return [...happenings.values(), ...renewed].sort((a, b) => a.ms - b.ms);
}

function isFromStart({ effectiveMs, knownMs }: Fact, { startMs, createMs }: Subscription): boolean {
  return effectiveMs <= startMs && knownMs <= createMs;
}

function kindOf(fact: Fact): Exclude<Happening['kind'], 'ended' | 'renewed'> | undefined {
  switch (fact.kind) {
    case 'plan_changed':
    case 'quantity_changed':
    case 'add_on_changed':
    case 'fee_changed':
    case 'discount_added':
    case 'discount_removed':
      return 'changed';
    case 'paused':
    case 'resumed':
      return fact.kind;
    case 'trial_ended':
      return fact.converts ? 'trial_ended' : undefined;
    case 'subscribed':
    case 'cancelled':
    case 'trial_started':
    case 'term_agreed':
    case 'fee_added':
    case 'one_off':
    case 'taken_back':
    case 'price_corrected':
      return undefined;
  }
}
