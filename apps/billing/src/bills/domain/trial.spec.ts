import { decimal, moneyText } from '@billingrails/money';
import type { CycleRule } from '@billingrails/time';
import type { Fact } from '../../subscriptions/domain/fact';
import {
  ruleWithTrial,
  trialEndMs,
  trialFacts,
  type TrialDraft,
} from '../../subscriptions/domain/trial/trial';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { agreementOf, feeOf, flat, newLedger, planRefOf, planOf } from './testing/ledger';

/** First cycles that begin with a trial. Figures of public test suites have their system in front. */
const monthly: CycleRule = { unit: 'month', count: 1, anchor: { kind: 'calendar' } };
const weekly: CycleRule = { unit: 'week', count: 1, anchor: { kind: 'calendar' } };

/** What is billed in advance by the end of the trial. */
function billed(start: string, rule: CycleRule, days: number): string[] {
  const startMs = Date.parse(start);
  const trial = {
    length: { kind: 'days' as const, days },
    billed: 'nothing' as const,
    converts: true,
    cyclesFromStart: false,
  } satisfies TrialDraft;
  const [timeZone, firstProration] = ['UTC', 'day'] as const;
  const endMs = trialEndMs(trial, { startMs, timeZone });
  if (endMs === undefined) throw new Error('A trial of days has an end.');
  const cycleRule = ruleWithTrial(rule, trial, endMs);
  const counted = { startMs, timeZone, cycleRule, firstProration } satisfies Partial<Subscription>;
  const agreement = agreementOf([planOf('plan', feeOf('fee', flat('1'), { inAdvance: true }))]);
  const subscribed: Fact = {
    kind: 'subscribed',
    ...planRefOf('plan'),
    quantity: decimal(1n),
    proration: firstProration,
    effectiveMs: startMs,
    knownMs: startMs,
  };
  const facts = [subscribed, ...trialFacts(trial, counted, endMs, startMs)];
  const subscription = { ...agreement.subscription, ...counted };
  const entries = newLedger().bill({ ...agreement, subscription, facts }, endMs, () => ({
    eventCount: 0n,
  }));
  return entries.flatMap(({ lines }) =>
    lines.map(({ minorUnits }) => moneyText({ currencyCode: 'USD', minorUnits })),
  );
}

test.each([
  ['lago: 4 of 7 days', '2022-06-20T00:00:00Z', weekly, 3, ['0.57']],
  ['lago: 14 of 31 days', '2022-03-15T00:00:00Z', monthly, 3, ['0.45']],
  // Cycles that nobody anchored are counted from the trial's end.
  ['a whole cycle', '2022-03-15T00:00:00Z', { ...monthly, anchor: { kind: 'start' } }, 3, ['1.00']],
  [
    'a whole cycle after a trial of months',
    '2022-01-31T00:00:00Z',
    { ...monthly, anchor: { kind: 'start' } },
    75,
    ['1.00'],
  ],
] as const)('the first cycle after a trial: %s', (_, start, rule, days, lines) => {
  expect(billed(start, rule, days)).toEqual(lines);
});
