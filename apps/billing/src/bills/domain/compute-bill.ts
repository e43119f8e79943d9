import { decimal } from '@billingrails/money';
import { entriesOf, type Entry, type Posted } from './bill';
import { exactAmount, type Charge } from './charge';
import { commitmentCharges } from './commitments/commitments';
import { discountCharges } from './discounts';
import { earlyTerminationCharges } from './early-termination/early-termination';
import { expectedCharges, oneOffCharges, type Usages } from './expected';
import type { Agreement } from './agreement';
import {
  concerns,
  currencyOf,
  obligationsOf,
  withCorrections,
  type BillScope,
  type Horizon,
  type Obligation,
} from './obligations';

/** The obligations whose usage must be known to compute the bill: those that are due. */
export function dueObligations(agreement: Agreement, scope: BillScope): Obligation[] {
  return obligationsOf(agreement, scope, scope.horizon).filter((obligation) =>
    isDue(obligation, scope.horizon),
  );
}

/**
 * Computes a bill: what is expected by the horizon less what has been posted for the cycles of the scope. Pure, so that
 * a preview is the same function. `usages` must answer `neededUsage` of the due obligations; `ledger` must hold every
 * identity of the cycles from `ledgerFrom` on up to the last of the scope, and no other.
 */
export function computeBill(
  agreement: Agreement,
  scope: BillScope,
  usages: Usages,
  ledger: ReadonlyMap<string, Posted>,
): Entry[] {
  const { posted, earlier } = splitAt(ledger, scope.firstCycle);
  const currencyCode = currencyOf(agreement);
  const all = obligationsOf(agreement, scope, scope.horizon);
  const due = all.filter((obligation) => isDue(obligation, scope.horizon));
  const { groupsShown } = scope;
  const ofFees = expectedCharges(agreement, due, usages, { groupsShown, earlier });
  const discountable = { charges: ofFees, obligations: due, currencyCode };
  const charges = [
    ...ofFees,
    ...discountCharges(agreement, discountable),
    ...commitmentCharges(agreement, scope, { charges: ofFees, earlier, currencyCode }),
    ...oneOffCharges(agreement, scope, scope.horizon.untilMs),
    ...earlyTerminationCharges(agreement, scope, scope.horizon.untilMs),
  ].filter((charge) => charge.parts.length > 0);
  const waiting = all
    .filter((obligation) => obligation.spans.length > 0 && !isDue(obligation, scope.horizon))
    .map(keyOf);
  const expected = [...charges, ...vanished(charges, posted, new Set(waiting))];
  return entriesOf({
    expected,
    posted,
    facts: withCorrections(agreement),
    concerns: concerns(agreement),
    currencyCode,
  });
}

/** What was posted for the cycles from one on, and for those before it. */
function splitAt(ledger: ReadonlyMap<string, Posted>, firstCycle: number) {
  const posted = new Map<string, Posted>();
  const earlier: Posted[] = [];
  for (const [id, each] of ledger)
    if (each.charge.cycle >= firstCycle) posted.set(id, each);
    else earlier.push(each);
  return { posted, earlier };
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
