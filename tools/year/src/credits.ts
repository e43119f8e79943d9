import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  CreditCategory,
  type CreditGrantBalance,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { CreditsBook, ExpectedBalance, History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { allPages } from './collect';
import type { YearDifference } from './compare';
import type { Defined } from './define';

const { PROMOTIONAL, PAID } = CreditCategory;

/** Grants credits, takes them back, and keeps what is told of what is left. */
export class Credits {
  /** Of each check, in their order. */
  readonly balances: ExpectedBalance[] = [];
  /** The names of grants by their ids. */
  readonly names = new Map<string, string>();

  constructor(
    readonly clients: Clients,
    readonly history: Pick<History, 'credits'>,
    readonly units: Defined['creditUnits'],
    /** The names of recurring ones, by their ids. */
    readonly recurring: Defined['recurringCredits'],
  ) {}

  /** Looks at what is left, by all that was sent before the step. */
  async look(step: number): Promise<void> {
    for (const { account: accountId, unit, atMs } of this.#of('checks', step)) {
      const { id: creditUnitId, meterProfile } = this.#unit(unit);
      const time = timestampFromMs(atMs);
      const span = { startTime: timestampFromMs(atMs - 1), endTime: time };
      const usage = {
        ...meterProfile,
        ...span,
        accountIds: [accountId],
        waitForAcknowledged: true,
      };
      await steadily(() => this.clients.usage.queryUsage(usage));
      const request = { accountId, creditUnitId, time };
      const { balance } = await steadily(() => this.clients.credits.getCreditBalance(request));
      const { available = '', used = '', overage = '', grants = [] } = balance ?? {};
      await this.#nameAll(accountId, grants);
      const told = grants.map(({ creditGrantId, remaining, burned, expired, voided, pending }) => {
        const name = this.names.get(creditGrantId) ?? creditGrantId;
        return { name, remaining, burned, expired, voided, pending };
      });
      const byName = told.sort((a, b) => (a.name < b.name ? -1 : 1));
      this.balances.push({ available, used, overage, grants: byName });
    }
  }

  /** Those that follow from recurring ones are named by these, and when they take effect. */
  async #nameAll(accountId: string, grants: readonly CreditGrantBalance[]): Promise<void> {
    if (grants.every(({ creditGrantId }) => this.names.has(creditGrantId))) return;
    const { credits } = this.clients;
    const all = await allPages(async (pageToken) => {
      const request = { accountId, pageToken, pageSize: 1000 };
      const page = await steadily(() => credits.listCreditGrants(request));
      return { items: page.creditGrants, nextPageToken: page.nextPageToken };
    });
    for (const { id, recurringCreditGrantId, effectiveTime } of all) {
      const name = this.recurring.get(recurringCreditGrantId);
      if (name === undefined || effectiveTime === undefined) continue;
      this.names.set(id, `${name} from ${timestampMs(effectiveTime)}`);
    }
  }

  async say(step: number): Promise<void> {
    const { credits } = this.clients;
    for (const grant of this.#of('grants', step)) {
      const { name, account: accountId, unit, amount, priority, promotional, untilMs } = grant;
      const request = {
        ...{ accountId, creditUnitId: this.#unit(unit).id, amount, priority },
        category: promotional ? PROMOTIONAL : PAID,
        effectiveTime: timestampFromMs(grant.fromMs),
        ...(untilMs === undefined ? {} : { expiryTime: timestampFromMs(untilMs) }),
        requestId: name,
      };
      const { creditGrant } = await steadily(() => credits.createCreditGrant(request));
      this.names.set(creditGrant?.id ?? '', name);
    }
    for (const { grant } of this.#of('voids', step)) {
      const [creditGrantId = ''] = [...this.names].find(([, name]) => name === grant) ?? [];
      await steadily(() => credits.voidCreditGrant({ creditGrantId, requestId: `void ${grant}` }));
    }
  }

  #unit(name: string) {
    const unit = this.units.get(name);
    if (unit === undefined) throw new Error(`There is no credit unit ${name}.`);
    return unit;
  }

  #of<Key extends 'checks' | 'grants' | 'voids'>(
    key: Key,
    step: number,
  ): CreditsBook[Key][number][] {
    const all: readonly CreditsBook[Key][number][] = this.history.credits?.[key] ?? [];
    return all.filter((each) => each.step === step);
  }
}

/** Compares what was told of credits with the recomputation, check by check. */
export function compareBalances(
  { credits }: Pick<History, 'credits'>,
  expected: readonly ExpectedBalance[],
  told: readonly ExpectedBalance[],
): YearDifference[] {
  return (credits?.checks ?? []).flatMap(({ step, account, unit }, index) => {
    const [want, has] = [expected, told].map((all) => textOf(all[index]));
    if (want === has) return [];
    const subscription = `credits of ${account} in ${unit}, looked at in step ${step}`;
    return [{ subscription, bill: -1, expected: want ?? '', invoiced: has ?? '' }];
  });
}

function textOf(balance: ExpectedBalance | undefined): string {
  if (balance === undefined) return 'nothing';
  const { available, used, overage, grants } = balance;
  const ofGrants = grants.map(({ name, remaining, burned, expired, voided, pending }) =>
    [name, remaining, burned, expired, voided, pending].join(' '),
  );
  return [`${available} left, ${used} used, ${overage} not covered`, ...ofGrants].join('; ');
}
