import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { FeeDraftSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { assert } from '@billingrails/errors';
import { derivedId, isAccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import type { GroupUsage } from '@billingrails/rating';
import { billPartBytes } from '../../../apps/billing/src/bills/contract/bill-parts';
import { closeCycle } from '../../../apps/billing/src/bills/domain/testing/close-cycle';
import { feeDraftFromProto } from '../../../apps/billing/src/catalogue/contract/fee';
import type { Usage } from '../../../apps/billing/src/bills/domain/expected';
import {
  feeViolations,
  profileKey,
  type Fee,
  type MeterProfile,
} from '../../../apps/billing/src/catalogue/domain/fee';
import {
  cyclePeriod,
  MONTHLY_FROM_START,
  NOT_BILLED,
  type Subscription,
} from '../../../apps/billing/src/subscriptions/domain/subscription';
import type { Golden, GoldenFee, GoldenUsage } from './golden';

const METER_ID = derivedId('mtr', 'golden');

/** Closes the golden's cycle as billing does, and returns the messages that it would send. */
export function closeGolden({ plan, subscription, usage }: Golden): Uint8Array[] {
  const { name = '', time_zone: timeZone, cycle, fees = [] } = subscription;
  const startMs = Date.parse(subscription.start);
  const accountId = 'acct_golden';
  assert(isAccountId(accountId), 'the account is named as callers may');
  const planId = derivedId('plan', 'golden');
  const subscribed: Subscription = {
    id: derivedId('sub', 'golden', name),
    accountId,
    planId,
    planVersion: 1,
    startMs,
    timeZone,
    currencyCode: plan.currency,
    fees: fees.map((fee, index) => feeOf(fee, `subscription ${name} ${index}`, startMs)),
    quantity: decimal(1n),
    changes: [],
    cycle,
    createMs: startMs,
    ...MONTHLY_FROM_START,
    billed: { ...NOT_BILLED, bills: cycle },
  };
  const planFees = plan.fees.map((fee, index) => feeOf(fee, `plan ${index}`, startMs));
  const used = Object.entries(usage);
  const organisationId = derivedId('org', 'golden');
  const bill = closeCycle({
    organisationId,
    subscription: subscribed,
    plan: {
      ...{ id: planId, version: 1, status: 'published', role: 'plan', name: 'Golden' },
      ...{ currencyCode: plan.currency, fees: planFees, createMs: 0 },
    },
    usages: new Map(used.map(([code, each]) => [keyOf(code), usageOf(each)])),
    groupUsages: new Map(used.map(([code, each]) => [keyOf(code), groupsOf(each)])),
    closeMs: cyclePeriod(subscribed, cycle).endMs,
  });
  const accountName = 'Golden account';
  const names = { accountName, planName: 'Golden', payerAccountName: accountName };
  return billPartBytes(organisationId, [{ bill, names, isTest: false }], new Map());
}

/** A fee that passed the checks of one to be added. */
function feeOf(golden: GoldenFee, idPart: string, startMs: number): Fee {
  const byGroup = golden.group_prices !== undefined;
  const draft = feeDraftFromProto(fromJson(FeeDraftSchema, draftJson(golden)));
  const violations = feeViolations(draft, 'fee');
  assert(violations.length === 0, `the fee ${golden.name} is sound: ${JSON.stringify(violations)}`);
  const { name, price, unit, groupPrices } = draft;
  return {
    id: derivedId('fee', 'golden', idPart),
    name,
    price,
    unit,
    ...(golden.profile === undefined ? {} : { meterProfile: profileOf(golden.profile) }),
    ...(byGroup
      ? {
          groupPrices: groupPrices.map(({ price: own, values }) => ({
            price: own,
            values: values.map((value) => value ?? null),
          })),
        }
      : {}),
    createMs: golden.added === undefined ? startMs : Date.parse(golden.added),
  };
}

/** As a request would say it. */
function draftJson({ name, unit = '', price, profile, group_prices }: GoldenFee): JsonValue {
  return {
    name,
    unit,
    price: price as JsonValue,
    ...(profile === undefined ? {} : { meter_profile: { meter_id: METER_ID, profile } }),
    by_group: group_prices !== undefined,
    group_prices: (group_prices ?? []).map((own) => ({
      values: [...own.values],
      price: own.price as JsonValue,
    })),
  };
}

function profileOf(code: string): MeterProfile {
  return { meterId: METER_ID, profile: code };
}

function keyOf(code: string): string {
  return profileKey(profileOf(code));
}

function usageOf({ quantity, events, transactions }: GoldenUsage): Usage {
  return {
    ...(quantity === undefined ? {} : { quantity: decimal(quantity) }),
    eventCount: BigInt(events),
    ...(transactions === undefined
      ? {}
      : { transactions: transactions.map((amount) => ({ amount: decimal(amount), count: 1n })) }),
  };
}

function groupsOf({ groups = [] }: GoldenUsage): GroupUsage[] {
  return groups.map(({ values, quantity, events }) => ({
    group: values,
    quantity: decimal(quantity),
    eventCount: BigInt(events),
  }));
}
