import { decimal } from '@billingrails/money';
import {
  makeStep,
  type PercentagePrice,
  type Price,
  type RatedStep,
  type Terms,
  type Tier,
} from '../index';

const one = decimal(1n);
const tiers: readonly Tier[] = [
  { upTo: decimal('10.5'), unitAmount: decimal('0.1'), flatAmount: decimal('5') },
  { packageSize: decimal('100'), unitAmount: decimal('3'), flatAmount: decimal('0') },
];

/** A price of each model, with all of its fields: a model without one does not compile. */
export const PRICES: { readonly [K in Price['kind']]: Extract<Price, { kind: K }> } = {
  flat: { kind: 'flat', amount: decimal('20.5') },
  perUnit: { kind: 'perUnit', unitAmount: decimal('0.000000000000000001') },
  perPackage: {
    kind: 'perPackage',
    packageSize: decimal('100'),
    packageAmount: decimal('7'),
    freeUnits: decimal('0.5'),
    proRata: true,
  },
  graduated: { kind: 'graduated', tiers },
  volume: { kind: 'volume', tiers },
  stairstep: {
    kind: 'stairstep',
    tiers: [{ upTo: decimal('5'), flatAmount: decimal('100') }, { flatAmount: decimal('150') }],
  },
  percentage: {
    kind: 'percentage',
    percent: decimal('2.9'),
    fixedAmount: decimal('0.3'),
    freeAmount: decimal('100'),
    freeEvents: 2n ** 40n,
  },
  graduatedPercentage: {
    kind: 'graduatedPercentage',
    tiers: [
      { upTo: decimal('1000'), percent: decimal('2'), flatAmount: decimal('1') },
      { percent: decimal('1'), flatAmount: decimal('0') },
    ],
  },
  dynamic: { kind: 'dynamic' },
};

/** A percentage of each transaction, between bounds. */
export const BOUNDED: PercentagePrice = {
  kind: 'percentage',
  percent: decimal('2.99'),
  fixedAmount: decimal('0.5'),
  freeAmount: decimal(0n),
  freeEvents: 0n,
  transactionMinimum: decimal('1.75'),
  transactionMaximum: decimal('12'),
};

/** Terms with all of their fields. */
export const TERMS: Required<Terms> = {
  divisor: decimal('1000'),
  rounding: 'up',
  includedUnits: decimal('2'),
  rolloverCycles: 2n,
  rolloverMaximum: decimal('5'),
  minimum: decimal('5'),
  maximum: decimal('500'),
  percentOff: decimal('10'),
  discountCycles: 3n,
  amountOff: decimal('0.5'),
};

/** A step of each kind, with all of its fields: a kind without one does not compile. */
export const RATED_STEPS: { readonly [K in RatedStep['kind']]: Extract<RatedStep, { kind: K }> } = {
  flat: makeStep({ kind: 'flat', quantity: one, flatAmount: decimal('20') }),
  units: makeStep({ kind: 'units', quantity: decimal('-3'), unitAmount: decimal('0.25') }),
  packages: makeStep({
    kind: 'packages',
    quantity: decimal('121'),
    freeUnits: decimal('5'),
    packageSize: decimal('10'),
    packageAmount: decimal('100'),
    proRata: true,
  }),
  tier: makeStep({
    kind: 'tier',
    quantity: decimal('50'),
    above: decimal('100'),
    upTo: decimal('200'),
    packageSize: decimal('20'),
    unitAmount: decimal('0.5'),
    flatAmount: decimal('7'),
  }),
  percentage: makeStep({
    kind: 'percentage',
    quantity: decimal('800'),
    percent: decimal('1.3'),
    freeAmount: decimal('250'),
    fixedAmount: decimal('2'),
    eventCount: 4n,
    freeEvents: 1n,
  }),
  percentageTier: makeStep({
    kind: 'percentageTier',
    quantity: decimal('10'),
    above: decimal('10'),
    upTo: decimal('20'),
    percent: decimal('2'),
    flatAmount: decimal('300'),
  }),
  transactions: makeStep({
    kind: 'transactions',
    quantity: decimal('90'),
    eventCount: 2n,
    eachAmount: decimal('1.75'),
    atMost: true,
    free: false,
  }),
  reported: makeStep({ kind: 'reported', quantity: decimal('12.34') }),
  divided: makeStep({
    kind: 'divided',
    quantity: decimal('7392'),
    used: decimal('7400'),
    divisor: decimal('1000'),
    rounding: 'up',
  }),
  included: makeStep({
    kind: 'included',
    quantity: decimal('2'),
    used: decimal('8'),
    included: decimal('2'),
  }),
  minimum: makeStep({
    kind: 'minimum',
    quantity: decimal(0n),
    amountBefore: decimal('3'),
    minimum: decimal('5'),
  }),
  maximum: makeStep({
    kind: 'maximum',
    quantity: decimal(0n),
    amountBefore: decimal('7'),
    maximum: decimal('5'),
  }),
  percentOff: makeStep({
    kind: 'percentOff',
    quantity: decimal(0n),
    amountBefore: decimal('7'),
    percent: decimal('10'),
  }),
  amountOff: makeStep({
    kind: 'amountOff',
    quantity: decimal(0n),
    amountBefore: decimal('7'),
    amountOff: decimal('0.5'),
  }),
  rolledOver: makeStep({
    kind: 'rolledOver',
    quantity: decimal('2.5'),
    used: decimal('2.5'),
    carried: [
      { cycle: 3n, units: decimal('2') },
      { cycle: 4n, units: decimal('7') },
    ],
  }),
  commitment: makeStep({
    kind: 'commitment',
    quantity: one,
    counted: decimal('120.5'),
    committed: decimal('100'),
    overageFactor: decimal('1.5'),
  }),
  spread: makeStep({
    kind: 'spread',
    quantity: one,
    whole: decimal('10'),
    start: decimal('20'),
    end: decimal('50.5'),
    total: decimal('75'),
    fractionDigits: 2n,
  }),
};
