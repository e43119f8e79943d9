import { derivedId, type ChargeId, type OrganisationId } from '@billingrails/ids';
import { decimal, minorDigits, moneyText, type Decimal } from '@billingrails/money';
import { makeStep, rate } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { CreditGrant } from '../../../credits/domain/credit-grant';
import { coversFee } from '../../../credits/domain/credit-scope';
import type { GrantLeft } from '../../../credits/domain/money/taking';
import type { Subscription } from '../../../subscriptions/domain/subscription';
import type { Entry, Posted } from '../bill';
import type { Charge, Part } from '../charge';

/** A bill that promotional credits may be taken off. */
export interface CoverableBill {
  readonly organisationId: OrganisationId;
  readonly subscriptionId: Subscription['id'];
  /** The bill's number: credits that it takes are its own. */
  readonly number: number;
  /** ISO 4217. */
  readonly currencyCode: string;
  /** What it posts without credits. */
  readonly entries: readonly Entry[];
  /** What credits have been taken off charges of its cycles, in the order in which they were. */
  readonly credited: readonly Posted[];
  /** What may be taken, in the order of burning. */
  readonly grants: readonly GrantLeft[];
}

/** A charge of the bill, and what of it credits may cover still, in minor units. */
interface Need {
  readonly entry: Entry;
  minorUnits: bigint;
}

const ZERO = decimal(0n);
const ONE = decimal(1n);
const DESCRIPTION = 'Promotional credit';

/**
 * What a bill posts for promotional credits: what was taken off a charge that now comes to less is given back, of the
 * credits that were taken last first; then grants are taken off what the bill adds to its charges, one after another,
 * each spread over those that it covers. Credits never make a bill less than nothing. Pure, so that a preview is the
 * same.
 */
export function coverBill(bill: CoverableBill): Entry[] {
  const { entries, currencyCode } = bill;
  const back = entries.flatMap((entry) => givenBack(bill, entry));
  const total = sumOf([...entries, ...back].map(addedBy));
  let left = total > 0n ? total : 0n;
  const needs = entries.map((entry): Need => ({ entry, minorUnits: needOf(bill, entry) }));
  const taken: Entry[] = [];
  for (const { grant, leftMinorUnits } of bill.grants) {
    const covered = needs.filter(
      ({ entry, minorUnits }) => minorUnits > 0n && covers(grant, entry.charge),
    );
    const sum = sumOf(covered.map(({ minorUnits }) => minorUnits));
    const whole = least(leftMinorUnits, sum, left);
    if (whole === 0n) continue;
    let start = 0n;
    for (const need of covered) {
      const end = start + need.minorUnits;
      const step = makeStep({
        ...{ kind: 'spread', quantity: ONE, fractionDigits: BigInt(minorDigits(currencyCode)) },
        whole: inMajor(whole, currencyCode),
        start: inMajor(start, currencyCode),
        end: inMajor(end, currencyCode),
        total: inMajor(sum, currencyCode),
      });
      const minorUnits = (whole * end) / sum - (whole * start) / sum;
      start = end;
      if (minorUnits === 0n) continue;
      const rated = { quantity: ONE, amount: step.amount, steps: [step] };
      taken.push(takenOff(bill, need.entry, grant, { rated, minorUnits }));
      need.minorUnits -= minorUnits;
    }
    left -= whole;
  }
  return [...back, ...taken];
}

/** What an entry is taken off, and of which grant. Unset for what is no credit. */
export function takenBy({ charge, lines }: Entry) {
  if (charge.credit === undefined) return undefined;
  const { creditGrantId } = charge.credit;
  return { creditGrantId, minorUnits: -sumOf(lines.map(({ minorUnits }) => minorUnits)) };
}

/** What was taken off a charge beyond what it comes to now. */
function givenBack({ credited, currencyCode }: CoverableBill, covered: Entry): Entry[] {
  const own = creditsOf(credited, covered.charge.id);
  let excess = sumOf(own.map(takenSoFar)) - positive(covered.roundedMinorUnits);
  const entries: Entry[] = [];
  for (const posted of [...own].reverse()) {
    const taken = takenSoFar(posted);
    const back = least(taken, positive(excess));
    if (back === 0n) continue;
    excess -= back;
    const kept = taken - back;
    const { charge, billId: correctsBillId } = posted;
    const reason = covered.lines.find((line) => line.reason !== undefined)?.reason;
    const rated = rate(
      { kind: 'flat', amount: inMajor(kept, currencyCode) },
      { quantity: ONE, eventCount: 0n },
    );
    const part: Part = { period: periodOf(charge.parts, covered), rated, credited: true };
    entries.push({
      charge: { ...charge, parts: [part] },
      lines: [
        {
          kind: 'promotional_credit',
          ...(reason === undefined ? {} : { reason }),
          part,
          billed: inMajor(-taken, currencyCode),
          exactAmount: inMajor(back, currencyCode),
          minorUnits: back,
          correctsBillId,
        },
      ],
      roundedMinorUnits: -kept,
    });
  }
  return entries;
}

function takenOff(
  { organisationId, subscriptionId, number }: CoverableBill,
  { charge: covered, lines }: Entry,
  grant: CreditGrant,
  { rated, minorUnits }: Pick<Part, 'rated'> & { readonly minorUnits: bigint },
): Entry {
  const part: Part = {
    period: spanOf(lines.map(({ part: each }) => each.period)),
    rated,
    credited: true,
  };
  const names = [organisationId, subscriptionId, 'credit', grant.id, covered.id, String(number)];
  const charge: Charge = {
    id: derivedId('chg', ...names),
    kind: 'promotional_credit',
    credit: { creditGrantId: grant.id, coveredChargeId: covered.id },
    cycle: covered.cycle,
    description: grant.memo === '' ? DESCRIPTION : grant.memo,
    unit: '',
    parts: [part],
  };
  const exactAmount = rated.amount.neg();
  return {
    charge,
    lines: [
      { kind: 'promotional_credit', part, billed: ZERO, exactAmount, minorUnits: -minorUnits },
    ],
    roundedMinorUnits: -minorUnits,
  };
}

/** What the bill adds to a charge, less what its discounts take off, as far as credits do not cover it already. */
function needOf({ credited, entries }: CoverableBill, entry: Entry): bigint {
  const { id } = entry.charge;
  const covered = sumOf(creditsOf(credited, id).map(takenSoFar));
  const off = sumOf(
    entries.filter(({ charge }) => charge.discount?.coveredChargeId === id).map(addedBy),
  );
  return positive(least(addedBy(entry), entry.roundedMinorUnits - covered) + off);
}

function covers({ scope }: CreditGrant, { feeId, parts }: Charge): boolean {
  const profiles = parts.map(({ usage }) => usage?.meterProfile);
  return [undefined, ...profiles].some((profile) => coversFee(scope, feeId, profile));
}

function creditsOf(credited: readonly Posted[], coveredChargeId: ChargeId): Posted[] {
  return credited.filter(({ charge }) => charge.credit?.coveredChargeId === coveredChargeId);
}

function takenSoFar({ roundedMinorUnits }: Posted): bigint {
  return -roundedMinorUnits;
}

function addedBy({ lines }: Entry): bigint {
  return sumOf(lines.map(({ minorUnits }) => minorUnits));
}

function periodOf(parts: readonly Part[], covered: Entry): Period {
  return spanOf([...parts, ...covered.lines.map(({ part }) => part)].map(({ period }) => period));
}

function spanOf(periods: readonly Period[]): Period {
  return {
    startMs: Math.min(...periods.map(({ startMs }) => startMs)),
    endMs: Math.max(...periods.map(({ endMs }) => endMs)),
  };
}

function inMajor(minorUnits: bigint, currencyCode: string): Decimal {
  return decimal(moneyText({ currencyCode, minorUnits }));
}

const sumOf = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

const positive = (value: bigint): bigint => (value > 0n ? value : 0n);

const least = (...values: readonly bigint[]): bigint =>
  values.reduce((smallest, value) => (value < smallest ? value : smallest));
