import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import type { FeeDraftSchema, Plan } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { Subscription } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { TestClockStatus } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { GroupValue } from '@billingrails/rating';
import { waitFor } from '@billingrails/testing';
import { groupValueToProto } from '../contract/group';
import type { Clients } from './clients';

/** A fee in plain fields. */
export type FeeInit = Extract<MessageInitShape<typeof FeeDraftSchema>, { $typeName?: never }>;

let organisations = 0;

/** An organisation that no other test of the file knows. */
export function newOrganisation(): OrganisationId {
  organisations += 1;
  return `org_${organisations}`;
}

/** A time as the contract has it, from RFC 3339. */
export const at = (text: string) => timestampFromMs(Date.parse(text));

export const flatFee = (amount = '20.00'): FeeInit => ({
  name: 'Platform',
  price: { model: { case: 'flat', value: { amount } } },
});

export const unitFee = (meterId: string, profile = '', unitAmount = '0.5'): FeeInit => ({
  name: 'Calls',
  price: { model: { case: 'perUnit', value: { unitAmount } } },
  meterProfile: { meterId, profile },
  unit: 'call',
});

/** A fee whose groups are priced by themselves; a group's own price comes with its values. */
export const groupFee = (
  meterId: string,
  unitAmount: string,
  ...own: { readonly values: readonly GroupValue[]; readonly unitAmount: string }[]
): FeeInit => ({
  ...unitFee(meterId, '', unitAmount),
  byGroup: true,
  groupPrices: own.map((price) => ({
    values: price.values.map(groupValueToProto),
    price: { model: { case: 'perUnit', value: { unitAmount: price.unitAmount } } },
  })),
});

/** Creates a plan of the fees. */
export async function createPlan(clients: Clients, ...fees: FeeInit[]): Promise<Plan> {
  const { plan } = await clients.plans.createPlan({ name: 'Plan', currencyCode: 'USD', fees });
  if (plan === undefined) throw new Error('The plan was not returned.');
  return plan;
}

/** Subscribes an account, or one that it creates. */
export async function subscribe(
  clients: Clients,
  planId: string,
  options: {
    readonly accountId?: string;
    readonly start?: string;
    readonly timeZone?: string;
    readonly fees?: FeeInit[];
  } = {},
): Promise<Subscription> {
  const accountId =
    options.accountId ?? (await clients.accounts.createAccount({ name: 'Account' })).account?.id;
  const { subscription } = await clients.subscriptions.createSubscription({
    accountId: accountId ?? '',
    planId,
    allowDuplicate: options.accountId !== undefined,
    allowSharedUsage: options.accountId !== undefined,
    timeZone: options.timeZone ?? '',
    fees: options.fees ?? [],
    ...(options.start === undefined ? {} : { startTime: at(options.start) }),
  });
  if (subscription === undefined) throw new Error('The subscription was not returned.');
  return subscription;
}

/** Moves the test clock, of the organisation or of an account, and waits until everything due is closed. */
export async function advanceTo(clients: Clients, time: string, accountId = ''): Promise<void> {
  await clients.testClock.advanceTestClock({ currentTime: at(time), accountId });
  await waitFor(
    async () =>
      (await clients.testClock.getTestClock({ accountId })).testClock?.status ===
      TestClockStatus.READY,
    {
      what: `all that ends by ${time} to be closed`,
    },
  );
}

/** Every closed period, by subscription and cycle. */
export async function allBills(clients: Clients, subscriptionId = ''): Promise<Bill[]> {
  const found: Bill[] = [];
  let pageToken = '';
  do {
    const page = await clients.bills.listBills({
      subscriptionId,
      pageSize: 1000,
      pageToken,
    });
    found.push(...page.bills);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}
