import { decimal } from '@billingrails/money';
import { planKey, type Plan } from '../../catalogue/domain/plan';
import type { Entry } from './bill';
import { otherPlansOf } from './other-plans';
import { feeIdOf, feeOf, planIdOf, planOf } from './testing/ledger';

const flat = (name: string) => feeOf(name, { kind: 'flat', amount: decimal('1') });

/** A bill of plan Pro with a line for each fee; one without a fee is by hand. */
function billOf(...fees: readonly (string | undefined)[]) {
  const entries = fees.map((name): Entry => ({
    charge: {
      ...{ id: 'chg_1', kind: 'recurring', cycle: 0, description: 'Fee', unit: '', parts: [] },
      ...(name === undefined ? {} : { feeId: feeIdOf(name) }),
    },
    ...{ lines: [], roundedMinorUnits: 0n },
  }));
  return { planId: planIdOf('Pro'), entries };
}

function agreed(...plans: readonly Plan[]) {
  const named = plans.map((plan) => [planKey({ planId: plan.id, planVersion: 1 }), plan] as const);
  return { plans: new Map(named) };
}

test('fees of a plan that was left and of add-ons are theirs; all others are of the plan of the bill', () => {
  const plans = agreed(
    planOf('Pro', flat('Base')),
    planOf('Basic', flat('Old base'), flat('Not billed')),
    planOf('Support', flat('Hours')),
  );
  expect(otherPlansOf(plans, billOf('Base', 'Old base', 'Hours', 'Own', undefined))).toEqual(
    new Map([
      [feeIdOf('Old base'), planIdOf('Basic')],
      [feeIdOf('Hours'), planIdOf('Support')],
    ]),
  );
});

test('a bill of one plan alone names no other', () => {
  expect(otherPlansOf(agreed(planOf('Pro', flat('Base'))), billOf('Base'))).toBeUndefined();
  const left = agreed(planOf('Pro', flat('Base')), planOf('Basic', flat('Old base')));
  expect(otherPlansOf(left, billOf('Base'))).toBeUndefined();
});
