import { derivedId, type ChargeId, type OrganisationId } from '@billingrails/ids';
import { decimal, minorDigits, moneyText, type Decimal } from '@billingrails/money';
import { makeStep, rate } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { CreditGrant } from '../../../credits/domain/credit-grant';
import { coversFee } from '../../../credits/domain/credit-scope';
import type { GrantLeft } from '../../../credits/domain/money/taking';
import type { Subscription } from '../../../subscriptions/domain/subscription';
import type { Entry, Line, Posted } from '../bill';
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
  /** What else has been billed of its cycles, by the charge's id. */
  readonly billed: ReadonlyMap<string, Posted>;
}

/** A charge that the bill says something of: of itself, or of what is let off it. */
interface Told {
  readonly charge: Charge;
  /** Those of the charge; where there are none, those of amounts that are let off it. */
  readonly lines: readonly Line[];
  /** What all of them come to, in minor units. */
  readonly added: bigint;
  /** What it comes to, less what is let off it, in minor units. */
  readonly net: bigint;
}

/** What of it credits may cover still, in minor units. */
interface Need {
  readonly told: Told;
  minorUnits: bigint;
}

const ZERO = decimal(0n);
const ONE = decimal(1n);
const DESCRIPTION = 'Promotional credit';

/** What promotional credits do to a bill: first what it gives back of them, then what it takes. */
export interface Cover {
  /**
   * What was taken off a charge that now comes to less, by itself or as more is let off it, of the credits that were
   * taken last first.
   */
  readonly back: readonly Entry[];
  /**
   * What the bill takes of `grants`, in the order of burning, with what it gave back among what is left of them: they
   * are taken off what it adds to its charges, one after another, each spread over those that it covers. Credits never
   * make a bill less than nothing.
   */
  readonly takeOff: (grants: readonly GrantLeft[]) => Entry[];
}

/** What promotional credits do to a bill. Pure, so that a preview is the same. */
export function coverBill(bill: CoverableBill): Cover {
  const told = toldBy(bill);
  const back = told.flatMap((each) => givenBack(bill, each));
  return { back, takeOff: (grants) => takenOff(bill, told, back, grants) };
}

/** What an entry is taken off, and of which grant. Unset for what is no credit. */
export function takenBy({ charge, lines }: Entry) {
  if (charge.credit === undefined) return undefined;
  const { creditGrantId } = charge.credit;
  return { creditGrantId, minorUnits: -sumOf(lines.map(({ minorUnits }) => minorUnits)) };
}

/** What a bill takes of grants beside what it gives `back`. */
function takenOff(
  bill: CoverableBill,
  toldCharges: readonly Told[],
  back: readonly Entry[],
  grants: readonly GrantLeft[],
): Entry[] {
  const { entries, currencyCode } = bill;
  const total = sumOf([...entries, ...back].map(addedBy));
  let left = total > 0n ? total : 0n;
  const needs = toldCharges.map((told): Need => ({ told, minorUnits: needOf(bill, told) }));
  const taken: Entry[] = [];
  for (const { grant, leftMinorUnits } of grants) {
    const covered = needs.filter(
      ({ told, minorUnits }) => minorUnits > 0n && covers(grant, told.charge),
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
      taken.push(lineOff(bill, need.told, grant, { rated, minorUnits }));
      need.minorUnits -= minorUnits;
    }
    left -= whole;
  }
  return taken;
}

/** The charges that the bill says something of, in the order of its entries. */
function toldBy({ entries, billed }: CoverableBill): Told[] {
  const now = new Map<string, Posted | Entry>(billed);
  for (const entry of entries) now.set(entry.charge.id, entry);
  const ofCharge = ({ charge }: Pick<Entry, 'charge'>) =>
    charge.discount?.coveredChargeId ?? charge.id;
  const net = new Map<string, bigint>();
  for (const each of now.values())
    net.set(ofCharge(each), (net.get(ofCharge(each)) ?? 0n) + each.roundedMinorUnits);
  return [...new Set(entries.map(ofCharge))].flatMap((id): Told[] => {
    const charge = now.get(id)?.charge;
    if (charge === undefined) return [];
    const own = entries.filter((entry) => ofCharge(entry) === id);
    const [first] = [...own.filter((entry) => entry.charge.id === id), ...own];
    const added = sumOf(own.map(addedBy));
    return [{ charge, lines: first?.lines ?? [], added, net: net.get(id) ?? 0n }];
  });
}

/** What was taken off a charge beyond what it comes to now. */
function givenBack({ credited, currencyCode }: CoverableBill, covered: Told): Entry[] {
  const own = creditsOf(credited, covered.charge.id);
  let excess = sumOf(own.map(takenSoFar)) - positive(covered.net);
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
      charge: { ...charge, ...pricedBy(covered.charge), parts: [part] },
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

function lineOff(
  { organisationId, subscriptionId, number }: CoverableBill,
  { charge: covered, lines }: Told,
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
    ...pricedBy(covered),
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

/** The fee of what credits are taken off, by which they are taxed and put to account, and its product. */
function pricedBy({ feeId, productId }: Charge): Pick<Charge, 'feeId' | 'productId'> {
  return {
    ...(feeId === undefined ? {} : { feeId }),
    ...(productId === undefined ? {} : { productId }),
  };
}

/** What the bill adds to a charge, less what it lets off it, as far as credits do not cover it already. */
function needOf({ credited }: CoverableBill, told: Told): bigint {
  const covered = sumOf(creditsOf(credited, told.charge.id).map(takenSoFar));
  return positive(least(told.added, told.net - covered));
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

function periodOf(parts: readonly Part[], covered: Told): Period {
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
