import type { ExpectedInvoice } from '../bills/invoices';
import type { History } from '../history';
import { minorUnits } from '../rational';

/** What pays an invoice before payments, in minor units. */
export interface ExpectedPaid {
  /** The names of grants, in the order of burning. */
  readonly credits: readonly { readonly grant: string; readonly amount: bigint }[];
  readonly balance: bigint;
  readonly due: bigint;
}

/** What is left of prepaid money and of accounts' balances, while invoices are numbered one after another. */
export class Prepaid {
  /** Of grants that have paid something. */
  readonly #left = new Map<string, bigint>();
  readonly #balances = new Map<string, bigint>();

  constructor(readonly history: Pick<History, 'credits' | 'stepsMs'>) {}

  /** What pays the next invoice that comes to so much. */
  pay({ account, currency, digits, dueMs }: ExpectedInvoice, total: bigint): ExpectedPaid {
    const { grants = [], voids = [], money = [] } = this.history.credits ?? {};
    const unit = money.find((each) => each.currency === currency);
    const usable = grants
      .filter((grant) => grant.account === account && grant.unit === unit?.name)
      .filter(({ promotional, name, fromMs, untilMs = Infinity }) => {
        const [taken] = voids.filter(({ grant }) => grant === name);
        const voidMs = this.history.stepsMs[taken?.step ?? -1] ?? Infinity;
        return !promotional && fromMs <= dueMs && dueMs < Math.min(untilMs, voidMs);
      })
      .sort(
        (a, b) =>
          a.priority - b.priority ||
          (a.untilMs ?? Number.MAX_SAFE_INTEGER) - (b.untilMs ?? Number.MAX_SAFE_INTEGER),
      );
    let open = total;
    const credits = usable.flatMap(({ name: grant, amount: granted }) => {
      const left = this.#left.get(grant) ?? minorUnits(granted, digits);
      const amount = left < open ? left : open;
      if (amount <= 0n) return [];
      this.#left.set(grant, left - amount);
      open -= amount;
      return [{ grant, amount }];
    });
    const key = `${account}/${currency}`;
    const before = this.#balances.get(key) ?? 0n;
    const due = open > before ? open - before : 0n;
    this.#balances.set(key, before - open + due);
    return { credits, balance: open - due, due };
  }
}
