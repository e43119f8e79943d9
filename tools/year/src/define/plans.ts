import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CommitmentCounting,
  FeeTiming,
  PlanRole,
  type CurrencyPriceSchema,
  type FeeDraftSchema,
  type Plan,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { FeeBook, History, PlanBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { profileOf } from './meters';
import { groupPricesOf, priceOf } from './prices';

/** A version of a plan, as requests name it. */
export interface PlanVersion {
  readonly planId: string;
  readonly planVersion: number;
}

/** The plans by their names. */
export async function definePlans(
  clients: Clients,
  history: History,
  meters: ReadonlyMap<string, string>,
): Promise<Map<string, Plan>> {
  const plans = new Map<string, Plan>();
  for (const book of history.plans) {
    const drafts = (fees: readonly FeeBook[]) =>
      fees.map((fee) => feeDraft(fee, meters, otherPricesOf(book, fee)));
    plans.set(book.name, await definePlan(clients, book, plans, drafts));
  }
  return plans;
}

async function definePlan(
  clients: Clients,
  { name, versionOf, isAddOn, currency, otherCurrencies = [], fees, commitment }: PlanBook,
  plans: ReadonlyMap<string, Plan>,
  drafts: (fees: readonly FeeBook[]) => MessageInitShape<typeof FeeDraftSchema>[],
): Promise<Plan> {
  const from = plans.get(versionOf ?? '');
  const create = async () => {
    if (from === undefined) {
      const role = isAddOn === true ? PlanRole.ADD_ON : PlanRole.PLAN;
      const otherCurrencyCodes = otherCurrencies.map((other) => other.currency);
      const plan = { name, currencyCode: currency, otherCurrencyCodes, role, fees: drafts(fees) };
      const request = { ...plan, ...(commitment && { commitment }), requestId: name };
      return await clients.plans.createPlan(request);
    }
    const kept = new Set(fees.map((fee) => fee.name));
    const removeFeeIds = from.fees.flatMap((fee) => (kept.has(fee.name) ? [] : [fee.id]));
    const before = new Set(from.fees.map((fee) => fee.name));
    const addFees = drafts(fees.filter((fee) => !before.has(fee.name)));
    // What was committed to is taken away by an amount of nothing.
    const none = from.commitment && { amount: '0' };
    const committing = commitment ?? none;
    const edit = { name, removeFeeIds, addFees, ...(committing && { commitment: committing }) };
    const request = { planId: from.id, edit, publish: true, requestId: name };
    return await clients.plans.createPlanVersion(request);
  };
  const { plan } = await steadily(create);
  if (!plan) throw new Error('The plan was not returned.');
  return plan;
}

function otherPricesOf(
  { otherCurrencies = [] }: PlanBook,
  { name }: FeeBook,
): MessageInitShape<typeof CurrencyPriceSchema>[] {
  return otherCurrencies.flatMap(({ currency, prices }) => {
    const own = prices[name];
    if (own === undefined) return [];
    const { model, terms, groupPrices = [] } = own;
    const price = priceOf(model, terms);
    return [{ currencyCode: currency, price, groupPrices: groupPricesOf(groupPrices) }];
  });
}

function feeDraft(
  { name, model, terms, usage, groupPrices, inAdvance, byQuantity, once, counting }: FeeBook,
  meters: ReadonlyMap<string, string>,
  otherPrices: MessageInitShape<typeof CurrencyPriceSchema>[],
): MessageInitShape<typeof FeeDraftSchema> {
  const price = priceOf(model, terms);
  const commitmentCounting = COUNTINGS[counting ?? 'unsaid'];
  if (usage === undefined) {
    const recurring = inAdvance ? FeeTiming.ADVANCE : FeeTiming.ARREAR;
    const timing = once === true ? FeeTiming.ONCE : recurring;
    return { name, price, byQuantity, timing, commitmentCounting, otherPrices };
  }
  const meterId = meters.get(usage.event) ?? '';
  const own = groupPrices && groupPricesOf(groupPrices);
  const meterProfile = { meterId, profile: profileOf(usage) };
  const grouped = own && { byGroup: true, groupPrices: own };
  return { name, price, meterProfile, commitmentCounting, otherPrices, ...grouped };
}

const COUNTINGS = {
  counted: CommitmentCounting.COUNTED,
  left_out: CommitmentCounting.LEFT_OUT,
  unsaid: CommitmentCounting.UNSPECIFIED,
};
