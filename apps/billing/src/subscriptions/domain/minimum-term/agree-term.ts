import { standing, type Fact, type Proration } from '../fact';
import { factsOf } from '../facts-of';
import type { Subscription } from '../subscription';
import { withEnd } from '../trial/trial';
import type { MinimumTerm } from './minimum-term';
import { agreedTerm, firstEndMs } from './running-term';

/** A term that is agreed on while a subscription runs. */
export interface AgreedNow {
  readonly term: MinimumTerm;
  /** From when on, which is the present, or the start of what has not begun. */
  readonly fromMs: number;
  /** How the cycle is charged in which the subscription ends with the term. */
  readonly proration: Proration;
}

/**
 * The subscription with the term in place of what was agreed before: terms follow each other from now on. The end that
 * came with the term before is taken back, as it was its end; an end that was asked for stays.
 */
export function withTerm(
  subscription: Subscription,
  { term, fromMs, proration }: AgreedNow,
  nowMs: number,
): Subscription {
  const known = { effectiveMs: fromMs, knownMs: nowMs };
  const before = endOfTerm(subscription);
  const back: Fact[] =
    before?.number === undefined || before.effectiveMs <= nowMs
      ? []
      : [{ kind: 'taken_back', change: before.number, effectiveMs: nowMs, knownMs: nowMs }];
  const effectiveMs = firstEndMs(subscription, { term, fromMs });
  const end: Fact[] =
    term.renewal === undefined
      ? [{ kind: 'cancelled', proration, effectiveMs, knownMs: nowMs }]
      : [];
  const agreed: Fact = { kind: 'term_agreed', term, ...known };
  return withEnd({ ...subscription, changes: [...subscription.changes, ...back, agreed, ...end] });
}

/** The end that came with the term that holds; undefined where that is renewed. */
function endOfTerm(subscription: Subscription): Fact | undefined {
  const agreed = agreedTerm(subscription);
  if (agreed === undefined || agreed.term.renewal !== undefined) return undefined;
  const endMs = firstEndMs(subscription, agreed);
  return standing(factsOf(subscription)).find(
    (fact) => fact.kind === 'cancelled' && fact.fee === undefined && fact.effectiveMs === endMs,
  );
}
