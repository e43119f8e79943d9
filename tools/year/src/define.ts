import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  FeeTiming,
  type FeeDraftSchema,
  type Plan,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type {
  PriceSchema,
  PriceTermsSchema,
} from '@billingrails/contracts/billingrails/billing/v1/price_pb';
import { Rounding } from '@billingrails/contracts/billingrails/common/v1/rated_step_pb';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type {
  FeeBook,
  History,
  ModelBook,
  PlanBook,
  TermsBook,
  UsageBook,
} from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';

type PriceModel = NonNullable<MessageInitShape<typeof PriceSchema>['model']>;

/** What was defined: the versions of plans by their names, and the ids of fees, which have names of their own. */
export interface Defined {
  readonly plans: ReadonlyMap<string, PlanVersion>;
  readonly fees: ReadonlyMap<string, string>;
}

/** Creates the clock, the meters, the plans and the accounts of a history. */
export async function define(clients: Clients, history: History): Promise<Defined> {
  const [firstMs = 0] = history.stepsMs;
  await steadily(() =>
    clients.testClock.createTestClock({
      currentTime: timestampFromMs(firstMs),
      requestId: 'clock',
    }),
  );
  const meters = await defineMeters(clients, history);
  const plans = new Map<string, Plan>();
  for (const book of history.plans) {
    const drafts = (fees: readonly FeeBook[]) => fees.map((fee) => feeDraft(fee, meters));
    plans.set(book.name, await definePlan(clients, book, plans, drafts));
  }
  for (const { account } of history.subscriptions)
    await steadily(() =>
      clients.accounts.createAccount({ accountId: account, name: account, requestId: account }),
    );
  const versions = [...plans].map(([name, { id, version }]): [string, PlanVersion] => [
    name,
    { planId: id, planVersion: version },
  ]);
  const fees = [...plans.values()].flatMap((plan) => plan.fees);
  return { plans: new Map(versions), fees: new Map(fees.map(({ name, id }) => [name, id])) };
}

/** A version of a plan, as requests name it. */
export interface PlanVersion {
  readonly planId: string;
  readonly planVersion: number;
}

async function definePlan(
  clients: Clients,
  { name, versionOf, currency, fees }: PlanBook,
  plans: ReadonlyMap<string, Plan>,
  drafts: (fees: readonly FeeBook[]) => MessageInitShape<typeof FeeDraftSchema>[],
): Promise<Plan> {
  const from = plans.get(versionOf ?? '');
  const create = async () => {
    if (from === undefined) {
      const request = { name, currencyCode: currency, fees: drafts(fees), requestId: name };
      return await clients.plans.createPlan(request);
    }
    const kept = new Set(fees.map((fee) => fee.name));
    const removeFeeIds = from.fees.flatMap((fee) => (kept.has(fee.name) ? [] : [fee.id]));
    const before = new Set(from.fees.map((fee) => fee.name));
    const addFees = drafts(fees.filter((fee) => !before.has(fee.name)));
    const edit = { name, removeFeeIds, addFees };
    const request = { planId: from.id, edit, publish: true, requestId: name };
    return await clients.plans.createPlanVersion(request);
  };
  const { plan } = await steadily(create);
  if (!plan) throw new Error('The plan was not returned.');
  return plan;
}

/** A meter for each event name, with a profile for each aggregation that a fee prices. */
async function defineMeters(clients: Clients, { plans }: History): Promise<Map<string, string>> {
  const usages = plans.flatMap(({ fees }) => fees.flatMap(({ usage }) => usage ?? []));
  const meters = new Map<string, string>();
  for (const event of new Set(usages.map((usage) => usage.event))) {
    const own = new Map(
      usages.filter((usage) => usage.event === event).map((usage) => [profileOf(usage), usage]),
    );
    const profiles = [...own.values()].map(profileDraft);
    const request = { name: event, eventName: event, profiles, requestId: event };
    const { meter } = await steadily(() => clients.meters.createMeter(request));
    if (!meter) throw new Error('The meter was not returned.');
    meters.set(event, meter.id);
  }
  return meters;
}

const METHODS: Record<UsageBook['aggregation'], AggregationMethod> = {
  count: AggregationMethod.COUNT,
  unique: AggregationMethod.COUNT_UNIQUE,
  sum: AggregationMethod.SUM,
  max: AggregationMethod.MAX,
};

/** The profile's code. */
function profileOf({ aggregation, groupBy }: UsageBook): string {
  return groupBy === undefined ? aggregation : `${aggregation}_by_${groupBy}`;
}

function profileDraft(usage: UsageBook) {
  const { aggregation, property = '', groupBy } = usage;
  return {
    code: profileOf(usage),
    name: profileOf(usage),
    groupBy: groupBy === undefined ? [] : [groupBy],
    aggregationMethod: METHODS[aggregation],
    aggregationProperty: property,
  };
}

function feeDraft(
  { name, model, terms, usage, groupPrices, inAdvance, byQuantity }: FeeBook,
  meters: ReadonlyMap<string, string>,
): MessageInitShape<typeof FeeDraftSchema> {
  const price = priceOf(model, terms);
  if (usage === undefined)
    return { name, price, byQuantity, timing: inAdvance ? FeeTiming.ADVANCE : FeeTiming.ARREAR };
  const meterId = meters.get(usage.event) ?? '';
  const own = groupPrices && groupPricesOf(groupPrices);
  const meterProfile = { meterId, profile: profileOf(usage) };
  return { name, price, meterProfile, ...(own && { byGroup: true, groupPrices: own }) };
}

/** A price as the contract has it. */
export function priceOf(model: ModelBook, terms: TermsBook): MessageInitShape<typeof PriceSchema> {
  return { model: modelOf(model), terms: termsOf(terms) };
}

/** The prices of single groups, which are named by one value. */
export function groupPricesOf(groupPrices: NonNullable<FeeBook['groupPrices']>) {
  return groupPrices.map(({ group, model }) => ({
    values: [{ kind: { case: 'stringValue' as const, value: group } }],
    price: { model: modelOf(model) },
  }));
}

function modelOf(model: ModelBook): PriceModel {
  switch (model.kind) {
    case 'flat':
      return { case: 'flat', value: model };
    case 'per_unit':
      return { case: 'perUnit', value: model };
    case 'per_package':
      return { case: 'perPackage', value: model };
    case 'graduated':
    case 'volume':
      return { case: model.kind, value: { tiers: [...model.tiers] } };
    case 'stairstep':
      return {
        case: 'stairstep',
        value: { tiers: model.tiers.map(({ upTo, flatAmount }) => ({ upTo, flatAmount })) },
      };
    case 'percentage':
      return { case: 'percentage', value: model };
    case 'graduated_percentage': {
      const tiers = model.tiers.map(({ upTo, unitAmount: percent, flatAmount }) => {
        return { upTo, percent, flatAmount };
      });
      return { case: 'graduatedPercentage', value: { tiers } };
    }
    case 'dynamic':
      return { case: 'dynamic', value: {} };
  }
}

const ROUNDINGS = { up: Rounding.UP, down: Rounding.DOWN, half: Rounding.HALF };

function termsOf({ rounding, ...terms }: TermsBook): MessageInitShape<typeof PriceTermsSchema> {
  return { ...terms, ...(rounding === undefined ? {} : { rounding: ROUNDINGS[rounding] }) };
}
