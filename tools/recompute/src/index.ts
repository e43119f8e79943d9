import { Subscription, type ExpectedBill } from './bills';
import type { History } from './history';
import { RawEvents } from './usage';

export type { ExpectedBill, ExpectedLine } from './bills';
export { Cycles } from './cycles';
export type {
  CorrectionBook,
  CycleBook,
  EventBook,
  FactBook,
  FeeBook,
  History,
  ModelBook,
  PlanBook,
  PriceCorrectionBook,
  Proration,
  SubscriptionBook,
  TermsBook,
  TierBook,
  UsageBook,
  TrialBook,
  When,
} from './history';

/** All bills that a history makes, by subscription and number. */
export function recompute(history: History): ExpectedBill[] {
  const events = new RawEvents(history);
  return history.subscriptions.flatMap((book) => {
    const subscription = new Subscription(book, history, events);
    for (const [step, nowMs] of history.stepsMs.entries()) {
      subscription.billUntil(nowMs, { factsOfStep: step - 1, eventsBeforeStep: step });
      subscription.billUntil(nowMs, { factsOfStep: step, eventsBeforeStep: step });
      if (history.reRates?.includes(step)) subscription.rateAgain(nowMs, step);
    }
    return subscription.bills;
  });
}
