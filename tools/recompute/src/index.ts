import type { ExpectedBill, ExpectedPreview } from './bills/expected';
import { Subscription } from './bills/subscription';
import { RawEvents } from './charges/usage';
import { expectedBalance, type ExpectedBalance } from './credits/balance';
import type { History } from './history';

export { billName, invoicesOf, type BillName } from './bills/invoices';
export type { ExpectedBill, ExpectedLine, ExpectedPreview } from './bills/expected';
export type { ExpectedBalance } from './credits/balance';
export { instantOf } from './calendar/calendar';
export { Cycles } from './calendar/cycles';
export { endingBy, firstEndMs, type TermBook } from './facts/minimum-terms';
export type {
  AddOnBook,
  BilledMeanwhile,
  ByHandBook,
  CancelledBook,
  ChangedBook,
  ConvertedBook,
  DiscountedBook,
  FactBook,
  FeeChangedBook,
  PhaseBook,
  PausedBook,
  ResumedBook,
  SubscribedBook,
  TrialBook,
  UndiscountedBook,
  UndoneBook,
  When,
} from './facts';
export { plansIn } from './history';
export type * from './history';

/** All bills that a history makes, by subscription and number. */
export function recompute(history: History): ExpectedBill[] {
  return recomputeAll(history).bills;
}

/** The same, and what must be shown meanwhile. */
export function recomputeAll(history: History): {
  readonly bills: ExpectedBill[];
  readonly previews: ExpectedPreview[];
  /** Of each check, in their order. */
  readonly balances: ExpectedBalance[];
} {
  const events = new RawEvents(history);
  const previews: ExpectedPreview[] = [];
  const bills = history.subscriptions.flatMap((book) => {
    const subscription = new Subscription(book, history, events);
    for (const [step, nowMs] of history.stepsMs.entries()) {
      subscription.billUntil(nowMs, { factsOfStep: step - 1, eventsBeforeStep: step });
      subscription.billUntil(nowMs, { factsOfStep: step, eventsBeforeStep: step }, true);
      const shown = (history.previews ?? []).filter(
        (each) => each.step === step && each.subscription === book.name,
      );
      for (const one of shown) previews.push({ ...one, lines: subscription.preview(nowMs, step) });
      if (history.reRates?.includes(step)) subscription.rateAgain(nowMs, step);
    }
    return subscription.bills;
  });
  const checks = history.credits?.checks ?? [];
  const balances = checks.map((check) => expectedBalance(history, events, check));
  return { bills, previews, balances };
}
