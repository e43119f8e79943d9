import { toJson } from '@bufbuild/protobuf';
import {
  BillSchema,
  type Bill,
  type BillLine,
} from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import type { FactBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import type { YearDifference } from './compare';
import type { Saying } from './say';

interface Shown {
  readonly subscription: string;
  readonly subscriptionId: string;
  /** The bill that there was to be. Unset: none. */
  readonly bill?: Bill;
  /** How many bills there were before. */
  readonly before: number;
}

/** A bill of a running cycle that was shown in a step. */
interface ShownRunning {
  readonly subscription: string;
  readonly step: number;
  readonly lines: readonly BillLine[];
}

/** What is shown of changes before they are made, compared with what is billed then; and of running cycles. */
export class Previews {
  readonly differences: YearDifference[] = [];
  readonly running: ShownRunning[] = [];
  /** Of changes. */
  count = 0;
  #open: Shown[] = [];

  constructor(readonly clients: Clients) {}

  /** Shows what comes at once of a fact that is about to be told. */
  async show(
    subscription: string,
    fact: FactBook,
    { subscriptionId, preview }: Saying & { readonly subscriptionId: string },
  ): Promise<void> {
    if (preview === undefined || !('when' in fact) || fact.when.kind !== 'now') return;
    const { subscriptions } = this.clients;
    const { length: before } = await this.#bills(subscriptionId);
    const { bill } = await steadily(() =>
      subscriptions.previewChange({ subscriptionId, ...preview }),
    );
    this.#open.push({ subscription, subscriptionId, before, ...(bill && { bill }) });
  }

  /** Shows what the running cycle of a subscription has come to. */
  async showRunning(subscription: string, subscriptionId: string, step: number): Promise<void> {
    const { bill } = await steadily(() => this.clients.bills.previewBill({ subscriptionId }));
    this.running.push({ subscription, step, lines: bill?.lines ?? [] });
  }

  /** Once all is billed that the facts have made due. */
  async compare(): Promise<void> {
    for (const { subscription, subscriptionId, before, bill } of this.#open) {
      const made = (await this.#bills(subscriptionId)).slice(before);
      this.count += 1;
      const [shown, billed] = [bill === undefined ? [] : [bill], made].map((bills) =>
        JSON.stringify(bills.map((each) => toJson(BillSchema, each))),
      );
      if (shown !== billed)
        this.differences.push({
          subscription,
          bill: before,
          shown: shown ?? '',
          billed: billed ?? '',
        });
    }
    this.#open = [];
  }

  async #bills(subscriptionId: string): Promise<Bill[]> {
    const { bills } = await steadily(() =>
      this.clients.bills.listBills({ subscriptionId, pageSize: 1000 }),
    );
    return bills.sort((a, b) => a.number - b.number);
  }
}
