import { Subscription } from '../bills/subscription';
import type { RawEvents } from '../charges/usage';
import { balanceAsked } from '../credits/balance';
import { Agreement } from '../facts/agreement';
import type { FigureBook, History } from '../history';
import { fractionOf, rational, sumOf, type Rational } from '../rational';

/** What is known when a figure is looked at. */
export interface Look {
  readonly nowMs: number;
  readonly factsOfStep: number;
  readonly grantsBeforeStep: number;
  readonly eventsBeforeStep: number;
}

export interface Figure {
  readonly value: Rational;
  /** It was above all that is below this, whether that was looked at or not. */
  readonly highest?: Rational;
  readonly period?: { readonly startMs: number; readonly endMs: number };
}

/** What figures are of. */
export interface Watched {
  readonly history: History;
  readonly events: RawEvents;
}

/** A figure of an account; undefined where it has none. */
export function figureOf(
  of: Watched,
  account: string,
  figure: FigureBook,
  look: Look,
): Figure | undefined {
  switch (figure.kind) {
    case 'usage':
      return usageOf(of, account, figure, look);
    case 'spend':
      return spendOf(of, account, figure.currency, look);
    case 'balance':
      return balanceOf(of, account, figure.unit, look);
  }
}

function usageOf(
  { history, events }: Watched,
  account: string,
  { usage, period: kind }: Extract<FigureBook, { kind: 'usage' }>,
  { nowMs, factsOfStep, eventsBeforeStep }: Look,
): Figure | undefined {
  const period =
    kind === 'cycle' ? cycleOf(history, account, nowMs, factsOfStep) : calendarOf(kind, nowMs);
  if (period === undefined) return undefined;
  // What is dated later than now is not used yet.
  const span = { startMs: period.startMs, endMs: nowMs };
  return { value: events.count(account, usage, span, eventsBeforeStep).quantity, period };
}

function cycleOf(history: History, account: string, nowMs: number, factsOfStep: number) {
  const book = history.subscriptions.find((each) => each.account === account);
  if (book === undefined || (book.facts[0]?.step ?? Infinity) > factsOfStep) return undefined;
  const { cycles, startMs, endMs } = new Agreement(book, factsOfStep, history.stepsMs, []);
  if (nowMs < startMs || nowMs >= endMs) return undefined;
  return cycles.cycle(cycles.at(nowMs));
}

const DAY_MS = 86_400_000;

function calendarOf(kind: 'week' | 'month', nowMs: number) {
  const date = new Date(nowMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (kind === 'month')
    return { startMs: Date.UTC(year, month, 1), endMs: Date.UTC(year, month + 1, 1) };
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  const startMs = Date.UTC(year, month, date.getUTCDate() - sinceMonday);
  return { startMs, endMs: startMs + 7 * DAY_MS };
}

function spendOf(
  { history, events }: Watched,
  account: string,
  currency: string,
  look: Look,
): Figure | undefined {
  const own = history.subscriptions
    .filter((book) => book.account === account)
    .map((book) => new Subscription(book, history, events))
    .filter(({ plan }) => plan.currency === currency);
  const running = own.flatMap((subscription) => {
    const spend = subscription.spend(look.nowMs, look);
    return spend === undefined ? [] : [{ ...spend, digits: subscription.plan.digits }];
  });
  if (running.length === 0) return undefined;
  const value = sumOf(
    running.map(({ minorUnits, digits }) => fractionOf(minorUnits, 10n ** BigInt(digits))),
  );
  const period = {
    startMs: Math.max(...running.map(({ cycle }) => cycle.startMs)),
    endMs: Math.min(...running.map(({ cycle }) => cycle.endMs)),
  };
  return { value, period };
}

function balanceOf(
  { history, events }: Watched,
  account: string,
  unit: string,
  look: Look,
): Figure | undefined {
  const balance = balanceAsked(history, events, { ...look, account, unit, atMs: look.nowMs });
  const begun = balance.grants.filter(({ pending }) => pending === '0');
  if (begun.length === 0) return undefined;
  const parts = begun.flatMap(({ remaining, burned, expired, voided }) =>
    [remaining, burned, expired, voided].map(rational),
  );
  return { value: rational(balance.available), highest: sumOf(parts) };
}
