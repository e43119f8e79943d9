import type { MeterId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import type { PlanRef } from '../../../catalogue/domain/plan';
import type { Fact } from '../../../subscriptions/domain/fact';
import { feeIdOf, feeOf, flat, perUnit, planIdOf, planOf, planRefOf } from './ledger';
import type { OracleFee } from './oracle';
import type { OracleCommitments } from './oracle-commitments';

const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };

type NewFee = Omit<OracleFee, 'id'>;

/**
 * Of "small" there are two versions: what recurs and usage are in both, seats cost something else in the second.
 * "Extra" is an add-on of two versions.
 */
const newFees: readonly NewFee[] = [
  { plans: ['small 1', 'small 2'], kind: 'recurring', cents: 1000n },
  { plans: ['small 1'], kind: 'seats', cents: 333n },
  { plans: ['small 2'], kind: 'seats', cents: 444n },
  { plans: ['small 1', 'small 2'], kind: 'usage', cents: 7n },
  { plans: ['small 2'], kind: 'once', cents: 1111n },
  { plans: ['large 1'], kind: 'recurring', cents: 2599n, off: { cents: 599n, cycles: 1 } },
  { plans: ['large 1'], kind: 'seats', cents: 501n },
  { plans: ['large 1'], kind: 'usage', cents: 5n },
  { plans: ['large 1'], kind: 'once', cents: 2222n },
  { plans: ['extra 1', 'extra 2'], kind: 'recurring', cents: 700n },
  { plans: ['extra 1', 'extra 2'], kind: 'seats', cents: 199n },
  { plans: ['extra 2'], kind: 'usage', cents: 3n },
  { plans: ['extra 1', 'extra 2'], kind: 'once', cents: 333n },
];
/** One version commits to two cycles together, with dearer usage beyond; another to each cycle, with cheaper usage. */
export const oracleCommitted: OracleCommitments = {
  'small 1': { cents: 111n, cycles: 2, tenths: 15n },
  'large 1': { cents: 35n, cycles: 1, tenths: 8n },
};
export const nameOf = ({ plans, kind }: NewFee) => `${plans.join(', ')} ${kind}`;
export const oracleFees = newFees.map((fee): OracleFee => ({ ...fee, id: feeIdOf(nameOf(fee)) }));
const dollars = (cents: bigint) => decimal(`${cents}e-2`).toString();
export const versions = [planRefOf('small'), planRefOf('small', 2), planRefOf('large')];
export const addOns = [planRefOf('extra'), planRefOf('extra', 2)];
export const versionName = ({ planId, planVersion }: PlanRef) => {
  const plan = ['small', 'large', 'extra'].find((name) => planId === planIdOf(name));
  return `${plan ?? 'none'} ${planVersion}`;
};

export const termsOf = ({ off }: OracleFee) =>
  off && {
    terms: { amountOff: decimal(dollars(off.cents)), discountCycles: BigInt(off.cycles) },
  };

/** The plans of the oracle's fees; recurring ones in advance or in arrear. */
export const plansOf = (inAdvance: boolean) =>
  [...versions, ...addOns].map((ref) => {
    const fees = oracleFees
      .filter(({ plans }) => plans.includes(versionName(ref)))
      .map((fee) => {
        if (fee.kind === 'usage')
          return feeOf(nameOf(fee), perUnit(dollars(fee.cents)), { meterProfile });
        if (fee.kind === 'once')
          return feeOf(nameOf(fee), flat(dollars(fee.cents)), { once: true });
        return fee.kind === 'seats'
          ? feeOf(nameOf(fee), perUnit(dollars(fee.cents)), { byQuantity: true, inAdvance })
          : feeOf(nameOf(fee), { ...flat(dollars(fee.cents)), ...termsOf(fee) }, { inAdvance });
      });
    const role = addOns.includes(ref) ? ('add_on' as const) : ('plan' as const);
    const agreed = oracleCommitted[versionName(ref)];
    const commitment = agreed && {
      ...{ name: 'Commitment', amount: decimal(dollars(agreed.cents)), cycles: agreed.cycles },
      overageFactor: decimal(`${agreed.tenths}e-1`),
    };
    return {
      ...planOf(versionName(ref), ...fees),
      ...{ id: ref.planId, version: ref.planVersion, role, ...(commitment && { commitment }) },
    };
  });

export const priceOf = ({ kind }: OracleFee, cents: bigint) =>
  kind === 'recurring' || kind === 'once' ? flat(dollars(cents)) : perUnit(dollars(cents));

export const correctionOf = (fee: OracleFee, cents: bigint) => ({
  kind: 'price_corrected' as const,
  feeId: fee.id,
  price: priceOf(fee, cents),
  note: 'it was wrong',
});

const centsOf = (price: ReturnType<typeof priceOf>) =>
  (price.kind === 'flat' ? price.amount : price.unitAmount).mul(decimal(100n)).roundToInteger();

/** What the oracle is to know of what is said of a fee. */
export const correctedBy = (fee: OracleFee, facts: readonly Fact[]): OracleFee => {
  const back = facts.flatMap((fact) => (fact.kind === 'taken_back' ? [fact.change] : []));
  const said = facts.flatMap((fact, place) => {
    if (!('feeId' in fact) || fact.feeId !== fee.id) return [];
    if (fact.number !== undefined && back.includes(fact.number)) return [];
    const cents = fact.price && centsOf(fact.price as ReturnType<typeof priceOf>);
    return [{ fact, place, cents }];
  });
  return {
    ...fee,
    corrected: said.flatMap(({ fact, place, cents }) =>
      fact.kind !== 'price_corrected' || cents === undefined
        ? []
        : [{ fromMs: fact.effectiveMs, cents, place }],
    ),
    agreed: new Map(
      said.flatMap(({ fact, place, cents }) =>
        fact.kind === 'fee_changed' ? [[place, fact.removed ? 'removed' : cents] as const] : [],
      ),
    ),
  };
};
