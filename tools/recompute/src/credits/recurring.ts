import { Cycles } from '../calendar/cycles';
import { Agreement } from '../facts/agreement';
import type {
  CreditCheckBook,
  CreditGrantBook,
  History,
  RecurringGrantBook,
  SubscriptionBook,
} from '../history';

/** How a grant is carried over. */
export interface Carried {
  /** When its own cycle ends, from which on it is carried over. */
  readonly carriedMs: number;
  /** What is carried on together: of one recurring grant to one account or subscription. */
  readonly series: string;
  readonly maximum?: string;
}

/** A grant that follows from a recurring one. */
export type RecurringInstance = CreditGrantBook & Carried;

/** Whose credits of which unit, by what was said before a step, and of subscriptions in a step and before. */
interface AskedInstances extends Pick<CreditCheckBook, 'step' | 'account' | 'unit'> {
  readonly factsOfStep: number;
  readonly nowMs: number;
}

/** All that is granted again and again to an account by the present, cycle by cycle. */
export function recurringInstances(
  { credits, subscriptions, stepsMs }: Pick<History, 'credits' | 'subscriptions' | 'stepsMs'>,
  asked: AskedInstances,
): RecurringInstance[] {
  const { step, account, unit, nowMs } = asked;
  const all = (credits?.recurring ?? []).filter((each) => each.unit === unit && each.step < step);
  return all.flatMap((book): RecurringInstance[] => {
    const { to } = book;
    if ('account' in to) {
      if (to.account !== account) return [];
      const anchor = { kind: 'start' } as const;
      const cycles = new Cycles(to.startMs, to.timeZone, {
        ...{ ...to.cycles, anchor, firstProration: 'none' },
      });
      return instancesOf(book, account, cycles, nowMs, ({ startMs }) => startMs);
    }
    const own = subscriptions.filter((each) => each.account === account);
    return own.flatMap((subscription) => {
      return ofSubscription(book, to.plan, subscription, stepsMs, asked);
    });
  });
}

/** In each cycle at the first instant at which it has the plan and is not paused. */
function ofSubscription(
  book: RecurringGrantBook,
  plan: string,
  subscription: SubscriptionBook,
  stepsMs: readonly number[],
  { factsOfStep, nowMs }: AskedInstances,
): RecurringInstance[] {
  if ((subscription.facts[0]?.step ?? Infinity) > factsOfStep) return [];
  const agreement = new Agreement(subscription, factsOfStep, stepsMs, []);
  const firstMs = stepsMs[Math.max(book.step, 0)] ?? 0;
  return instancesOf(book, subscription.name, agreement.cycles, nowMs, ({ startMs, endMs }) => {
    const beginMs = Math.max(startMs, firstMs);
    return [beginMs, ...agreement.instants]
      .sort((a, b) => a - b)
      .find((ms) => {
        const terms = agreement.termsAt(ms);
        const isIn = beginMs <= ms && ms < Math.min(endMs, agreement.endMs) && ms <= nowMs;
        return isIn && terms?.plan === plan && terms.paused === undefined;
      });
  });
}

function instancesOf(
  book: RecurringGrantBook,
  series: string,
  cycles: Cycles,
  nowMs: number,
  grantedMs: (cycle: { readonly startMs: number; readonly endMs: number }) => number | undefined,
): RecurringInstance[] {
  const { name, unit, amount, priority, promotional, step, rolloverCycles } = book;
  const found: RecurringInstance[] = [];
  for (let number = 0; cycles.cycle(number).startMs <= nowMs; number += 1) {
    const cycle = cycles.cycle(number);
    const fromMs = grantedMs(cycle);
    if (fromMs === undefined) continue;
    const untilMs = cycles.cycle(number + rolloverCycles).endMs;
    found.push({
      ...{ step, name: `${name} from ${fromMs}`, account: series, unit, amount, priority },
      ...{ promotional, fromMs, untilMs, carriedMs: cycle.endMs, series: `${name}/${series}` },
      ...(book.rolloverMaximum === undefined ? {} : { maximum: book.rolloverMaximum }),
    });
  }
  return found;
}
