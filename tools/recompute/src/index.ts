import type { ExpectedBill, ExpectedPreview } from './bills/expected';
import { Subscription } from './bills/subscription';
import { RawEvents } from './charges/usage';
import { expectedAccesses } from './access/expected';
import { expectedFirings, type ExpectedFiring } from './alerts/expected';
import { expectedBalance, type ExpectedBalance } from './credits/balance';
import type { History } from './history';

export { billName, invoicesOf, type BillName, type ExpectedInvoice } from './bills/invoices';
export type { ExpectedBill, ExpectedLine, ExpectedPreview } from './bills/expected';
export type { ExpectedBalance } from './credits/balance';
export { documentsOf, type ExpectedDocument } from './invoices/document';
export { firingText, PHASES, type ExpectedFiring, type Phase } from './alerts/expected';
export { instantOf } from './calendar/calendar';
export { Cycles } from './calendar/cycles';
export { endingBy, firstEndMs, isInTerm, type TermBook } from './facts/minimum-terms';
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

/** All that alerts must say. */
export function expectedFiringsOf(history: History): ExpectedFiring[] {
  return expectedFirings(history, new RawEvents(history));
}

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
  /** Of each access, in their order, what it must be answered. */
  readonly accesses: string[];
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
  const accesses = expectedAccesses(history, events);
  return { bills, previews, balances, accesses };
}
