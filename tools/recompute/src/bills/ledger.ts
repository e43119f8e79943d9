import { partAmount, type Charge } from '../charges';
import { differenceAmount, differences, type Difference } from '../charges/difference';
import type { Agreement } from '../facts/agreement';
import {
  compare,
  decimalText,
  fractionOf,
  moneyText,
  nearest,
  plus,
  sumOf,
  times,
  ZERO,
} from '../rational';
import type { ExpectedLine } from './expected';
import { reasonOf } from './reasons';

interface Posted {
  readonly charge: Charge;
  readonly minorUnits: bigint;
  readonly bill: number;
}

/** What has been billed of each charge of a subscription. */
export class Ledger {
  readonly #posted: Map<string, Posted>;

  constructor(
    /** How many digits the currency's minor unit has. */
    readonly digits: number,
    posted: ReadonlyMap<string, Posted> = new Map(),
  ) {
    this.#posted = new Map(posted);
  }

  /** Another, in which is billed what is only shown. */
  copy(): Ledger {
    return new Ledger(this.digits, this.#posted);
  }

  get charges(): Charge[] {
    return this.entries.map(({ charge }) => charge);
  }

  /** Each charge with what has been rounded onto its lines. */
  get entries(): readonly { readonly charge: Charge; readonly minorUnits: bigint }[] {
    return [...this.#posted.values()];
  }

  /** What has been rounded onto the lines of a charge. */
  roundedOf(id: string): bigint {
    return this.#posted.get(id)?.minorUnits ?? 0n;
  }

  /**
   * Bills what of a charge is different from what was billed. `isBilled`: its fee has been billed for the cycle, so
   * that a group which is new in it was used late.
   */
  post(charge: Charge, agreement: Agreement, bill: number, isBilled: boolean): ExpectedLine[] {
    const before = this.#posted.get(charge.id);
    const isLate = before === undefined && isBilled && charge.kind === 'USAGE';
    if (isLate && compare(sumOf(charge.parts.map(partAmount)), ZERO) === 0) return [];
    const drafts =
      before === undefined
        ? charge.parts.map((part): Difference => ({ part, billed: ZERO }))
        : differences(before.charge.parts, charge.parts, charge.kind === 'ONE_OFF');
    if (drafts.length === 0) return [];
    const { digits } = this;
    const scale = fractionOf(10n ** BigInt(digits), 1n);
    let exact = sumOf((before?.charge.parts ?? []).map(partAmount));
    let minorUnits = before?.minorUnits ?? 0n;
    const lines = drafts.map((draft): ExpectedLine => {
      const amount = differenceAmount(draft);
      exact = plus(exact, amount);
      const rounded = nearest(times(exact, scale)) - minorUnits;
      minorUnits += rounded;
      const { part, billed } = draft;
      return {
        kind: before === undefined && !isLate ? charge.kind : 'ADJUSTMENT',
        reason: isLate ? 'LATE_USAGE' : reasonOf(charge, part, agreement, before?.charge.parts),
        description: charge.description,
        covers: charge.covers?.description ?? '',
        startMs: part.startMs,
        endMs: part.endMs,
        quantity: decimalText(part.quantity),
        events: part.events ?? 0,
        credited: part.credited,
        billedAmount: decimalText(billed),
        exactAmount: decimalText(amount),
        amount: moneyText(rounded, digits),
        corrects: before?.bill ?? -1,
      };
    });
    this.#posted.set(charge.id, { charge, minorUnits, bill });
    return lines;
  }
}
