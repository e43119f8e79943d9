import { assert } from '@billingrails/errors';
import { decimal } from '@billingrails/money';
import { entriesOf, type Entry, type Posted } from './bill';
import { exactAmount, type Charge } from './charge';
import { expectedCharges, oneOffCharges, type Usages } from './expected';
import {
  obligationsOf,
  withCorrections,
  type Agreement,
  type CycleRange,
  type Horizon,
  type Obligation,
} from './obligations';

/** The cycles that a bill looks at, from the first whose adjustment window is open, and until when. */
export interface BillScope extends CycleRange {
  readonly horizon: Horizon;
  /** The most groups without a price of their own that have a charge of their own; see `GROUPS_MAX`. */
  readonly groupsShown?: number;
}

/** The obligations whose usage must be known to compute the bill: those that are due. */
export function dueObligations(agreement: Agreement, scope: BillScope): Obligation[] {
  return obligationsOf(agreement, scope, scope.horizon).filter((obligation) =>
    isDue(obligation, scope.horizon),
  );
}

/**
 * Computes a bill: what is expected by the horizon less what has been posted for the cycles of the scope. Pure, so that
 * a preview is the same function. `usages` must answer `neededUsage` of the due obligations; `posted` must hold every
 * identity of those cycles, and no other.
 */
export function computeBill(
  agreement: Agreement,
  scope: BillScope,
  usages: Usages,
  posted: ReadonlyMap<string, Posted>,
): Entry[] {
  const all = obligationsOf(agreement, scope, scope.horizon);
  const due = all.filter((obligation) => isDue(obligation, scope.horizon));
  const charges = [
    ...expectedCharges(agreement, due, usages, scope.groupsShown),
    ...oneOffCharges(agreement, scope, scope.horizon.untilMs),
  ].filter((charge) => charge.parts.length > 0);
  const waiting = all
    .filter((obligation) => obligation.spans.length > 0 && !isDue(obligation, scope.horizon))
    .map(keyOf);
  const expected = [...charges, ...vanished(charges, posted, new Set(waiting))];
  return entriesOf({
    expected,
    posted,
    facts: withCorrections(agreement),
    currencyCode: currencyOf(agreement),
  });
}

/** ISO 4217 code of all the subscription's prices: its plans have the same. */
export function currencyOf({ plans }: Agreement): string {
  const [plan] = plans.values();
  assert(plan !== undefined, 'a subscription has a plan');
  return plan.currencyCode;
}

/** What was billed and is owed no longer: its group was not used, its fee belongs to no part of the cycle. */
function vanished(
  charges: readonly Charge[],
  posted: ReadonlyMap<string, Posted>,
  waiting: ReadonlySet<string>,
): Charge[] {
  const expected = new Set<string>(charges.map(({ id }) => id));
  return [...posted.values()]
    .map(({ charge }) => charge)
    .filter(({ id, feeId, cycle }) => !expected.has(id) && !waiting.has(`${feeId ?? ''}/${cycle}`))
    .filter(({ parts }) => !exactAmount(parts).eq(decimal(0n)))
    .map((charge) => ({ ...charge, parts: [] }));
}

function keyOf({ fee, cycle }: Obligation): string {
  return `${fee.id}/${cycle}`;
}

function isDue({ dueMs, spans }: Obligation, { untilMs }: Horizon): boolean {
  return spans.length > 0 && dueMs <= untilMs;
}
