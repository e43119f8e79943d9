import { decimal } from '@billingrails/money';
import { entriesOf, type Entry, type Posted } from './bill';
import { exactAmount, type Charge } from './charge';
import { commitmentCharges } from './commitments/commitments';
import { discountCharges } from './discounts';
import { earlyTerminationCharges } from './early-termination/early-termination';
import { cyclesOf } from '../../subscriptions/domain/subscription';
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
  const { untilMs, usageOnly = false } = scope.horizon;
  const discounts = discountCharges(agreement, { charges: ofFees, obligations: due, currencyCode });
  const charges = (
    usageOnly
      ? ofUsage(ofFees, discounts)
      : [
          ...ofFees,
          ...discounts,
          ...commitmentCharges(agreement, scope, { charges: ofFees, earlier, currencyCode }),
          ...oneOffCharges(agreement, scope, untilMs),
          ...earlyTerminationCharges(agreement, scope, untilMs),
        ]
  ).filter((charge) => charge.parts.length > 0);
  const waiting = all
    .filter((obligation) => obligation.spans.length > 0 && !isDue(obligation, scope.horizon))
    .map(keyOf);
  // What a threshold billed of a cycle that has not begun by the horizon is looked at by a later bill.
  const isLooked = ({ cycle, cut }: Charge) =>
    cut !== true || cyclesOf(agreement.subscription).period(cycle).startMs <= untilMs;
  const looked = usageOnly
    ? usageIn(posted)
    : new Map([...posted].filter(([, { charge }]) => isLooked(charge)));
  const gone = vanished(charges, looked, new Set(waiting)).map(({ cut: _, ...charge }): Charge =>
    usageOnly ? cutOf(charge) : charge,
  );
  const expected = [...charges, ...gone];
  return entriesOf({
    expected,
    posted,
    facts: withCorrections(agreement),
    concerns: concerns(agreement),
    currencyCode,
  });
}

/** Usage as it is so far, with the amounts that are let off of it. */
function ofUsage(ofFees: readonly Charge[], discounts: readonly Charge[]): Charge[] {
  const used = new Set(ofFees.flatMap(({ id, kind }) => (kind === 'usage' ? id : [])));
  return [...ofFees, ...discounts]
    .filter(({ id, discount }) => used.has(discount?.coveredChargeId ?? id))
    .map(cutOf);
}

/** What has been posted of usage, with the amounts that were let off of it. */
export function usageIn(posted: ReadonlyMap<string, Posted>): Map<string, Posted> {
  return new Map(
    [...posted].filter(([id, { charge }]) => {
      const of = posted.get(charge.discount?.coveredChargeId ?? id);
      return of?.charge.kind === 'usage';
    }),
  );
}

/** What is let off is put right as ever: it is of no span. */
function cutOf(charge: Charge): Charge {
  return charge.kind === 'usage' ? { ...charge, cut: true } : charge;
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
