import type { CreditGrantBook, History } from '../history';
import { minorUnits, moneyText } from '../rational';
import type { ExpectedLine } from './expected';

/** What a bill says of a charge. */
export interface PostedCharge {
  readonly id: string;
  readonly description: string;
  readonly lines: readonly ExpectedLine[];
  /** What it has come to with the bill, in minor units. */
  readonly minorUnits: bigint;
  /** Of a discount the charge that it is taken off. */
  readonly covers?: string | undefined;
}

/** What a grant has been taken off a charge by a bill. */
interface Taken {
  readonly charge: string;
  readonly grant: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly minorUnits: bigint;
  /** The bill that has said so last. */
  readonly bill: number;
}

export interface CoveredBill {
  readonly number: number;
  readonly dueMs: number;
  /** Grants and what takes them back are known that were said before. */
  readonly grantsBeforeStep: number;
}

/**
 * What promotional credits in money take off the bills of a subscription, minor unit by minor unit. The account has no
 * other subscription and pays for itself alone: which of several bills were first would be nobody's knowledge.
 */
export class PromotionalCredits {
  #taken: readonly Taken[];
  /** What each charge and each discount was when a bill last said something of it. */
  #said: ReadonlyMap<string, PostedCharge>;

  constructor(
    readonly history: Pick<History, 'credits' | 'stepsMs'>,
    readonly account: string,
    readonly currency: string,
    readonly digits: number,
    taken: readonly Taken[] = [],
    said: ReadonlyMap<string, PostedCharge> = new Map(),
  ) {
    this.#taken = taken;
    this.#said = said;
  }

  /** Another, from which is taken what is only shown. */
  copy(): PromotionalCredits {
    const { history, account, currency, digits } = this;
    return new PromotionalCredits(history, account, currency, digits, this.#taken, this.#said);
  }

  /** The lines of a bill for credits: what is given back, then what is taken. */
  cover(charges: readonly PostedCharge[], bill: CoveredBill): ExpectedLine[] {
    this.#said = new Map([...this.#said, ...charges.map((charge) => [charge.id, charge] as const)]);
    const added = (charge: PostedCharge) => sumOf(charge.lines.map((line) => this.#minor(line)));
    const told = [...new Set(charges.map(({ id, covers }) => covers ?? id))].flatMap((id) => {
      const charge = this.#said.get(id);
      const here = charges.filter((each) => each.id === id || each.covers === id);
      const lines = (here.find((each) => each.id === id) ?? here[0])?.lines ?? [];
      // What was said of it before, too: a discount may come to it later, or it be charged anew beneath one.
      const all = [...this.#said.values()].filter((each) => each.id === id || each.covers === id);
      const net = sumOf(all.map(({ minorUnits: units }) => units));
      if (charge === undefined) return [];
      return [{ ...charge, lines, minorUnits: net, added: sumOf(here.map(added)) }];
    });
    const back = told.flatMap((charge) => this.#giveBack(charge, bill));
    const sum = sumOf([...charges.map(added), ...back.map((line) => this.#minor(line))]);
    let left = sum > 0n ? sum : 0n;
    const needs = told.map((charge) => {
      const covered = sumOf(this.#of(charge.id).map((each) => each.minorUnits));
      return { charge, need: least(charge.added, charge.minorUnits - covered) };
    });
    const lines: ExpectedLine[] = [];
    for (const grant of this.#usable(bill)) {
      const all = needs.filter(({ need }) => need > 0n);
      const needed = sumOf(all.map(({ need }) => need));
      const whole = least(this.#leftOf(grant), needed, left);
      left -= whole;
      let before = 0n;
      for (const each of all) {
        const after = before + each.need;
        // Rounded down at both ends, so that the parts sum to the whole.
        const part = (whole * after) / needed - (whole * before) / needed;
        before = after;
        if (part === 0n) continue;
        each.need -= part;
        const { id: charge } = each.charge;
        const span = spanOf(each.charge.lines);
        this.#taken = [
          ...this.#taken,
          { charge, grant: grant.name, ...span, minorUnits: part, bill: bill.number },
        ];
        lines.push(this.#line(each.charge, span, { change: -part, before: 0n, corrects: -1 }));
      }
    }
    return [...back, ...lines];
  }

  /** What was taken off a charge beyond what it comes to now, of what was taken last first. */
  #giveBack(charge: PostedCharge, { number }: CoveredBill): ExpectedLine[] {
    const own = this.#of(charge.id);
    const owed = charge.minorUnits > 0n ? charge.minorUnits : 0n;
    let excess = sumOf(own.map((each) => each.minorUnits)) - owed;
    return [...own].reverse().flatMap((each) => {
      const change = least(each.minorUnits, excess);
      if (change <= 0n) return [];
      excess -= change;
      const span = spanOf([each, ...charge.lines]);
      const kept = { ...each, ...span, minorUnits: each.minorUnits - change, bill: number };
      this.#taken = this.#taken.map((other) => (other === each ? kept : other));
      const reason = charge.lines.find((line) => line.reason !== 'UNSPECIFIED')?.reason;
      const of = { change, before: -each.minorUnits, corrects: each.bill };
      return [{ ...this.#line(charge, span, of), ...(reason === undefined ? {} : { reason }) }];
    });
  }

  #line(
    { description: covers }: PostedCharge,
    span: { readonly startMs: number; readonly endMs: number },
    { change, before, corrects }: { change: bigint; before: bigint; corrects: number },
  ): ExpectedLine {
    return {
      ...{ kind: 'PROMOTIONAL_CREDIT', reason: 'UNSPECIFIED', ...span },
      ...{ description: 'Promotional credit', covers, quantity: '1', events: 0, credited: true },
      billedAmount: this.#decimal(before),
      exactAmount: this.#decimal(change),
      amount: moneyText(change, this.digits),
      corrects,
    };
  }

  /** Those that hold at the bill's date, in the order of burning. */
  #usable({ dueMs, grantsBeforeStep }: CoveredBill): CreditGrantBook[] {
    const { grants = [], voids = [], money = [] } = this.history.credits ?? {};
    const unit = money.find(({ currency }) => currency === this.currency);
    const voidMs = (name: string) => {
      const taken = voids.find(({ grant, step }) => grant === name && step < grantsBeforeStep);
      return this.history.stepsMs[taken?.step ?? -1] ?? Infinity;
    };
    return grants
      .filter(({ account, unit: of }) => account === this.account && of === unit?.name)
      .filter(({ promotional, step }) => promotional && step < grantsBeforeStep)
      .filter(({ fromMs, untilMs = Infinity, name }) => {
        return fromMs <= dueMs && dueMs < Math.min(untilMs, voidMs(name));
      })
      .sort(
        (a, b) => a.priority - b.priority || (a.untilMs ?? Infinity) - (b.untilMs ?? Infinity) || 0,
      );
  }

  #leftOf({ name, amount }: CreditGrantBook): bigint {
    const own = this.#taken.filter(({ grant }) => grant === name);
    return minorUnits(amount, this.digits) - sumOf(own.map((each) => each.minorUnits));
  }

  #of(charge: string): readonly Taken[] {
    return this.#taken.filter((each) => each.charge === charge);
  }

  #minor({ amount }: ExpectedLine): bigint {
    return minorUnits(amount, this.digits);
  }

  #decimal(units: bigint): string {
    const text = moneyText(units, this.digits);
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  }
}

function spanOf(spans: readonly { readonly startMs: number; readonly endMs: number }[]) {
  return {
    startMs: Math.min(...spans.map(({ startMs }) => startMs)),
    endMs: Math.max(...spans.map(({ endMs }) => endMs)),
  };
}

function sumOf(all: readonly bigint[]): bigint {
  return all.reduce((sum, each) => sum + each, 0n);
}

function least(...all: readonly bigint[]): bigint {
  return all.reduce((smallest, each) => (each < smallest ? each : smallest));
}
