import { assert } from '@billingrails/errors';
import { derivedId, isAccountId, type AccountId, type OrganisationId } from '@billingrails/ids';
import { decimal, isCurrency, toMoney, type Decimal } from '@billingrails/money';
import { groupKey, makeStep, type RatedStep } from '@billingrails/rating';
import type { PostedBill, PostedLine } from '../intake/domain/posted-bill';

export const OCTOBER = { startMs: Date.UTC(2026, 9, 1), endMs: Date.UTC(2026, 10, 1) };

/** What a tier is made from; the rest follows. */
export interface TierDraft {
  readonly above?: string;
  readonly upTo?: string;
  readonly quantity: string;
  readonly unitAmount?: string;
  readonly flatAmount?: string;
}

export function account(text: string): AccountId {
  assert(isAccountId(text), 'tests name accounts as callers may');
  return text;
}

export function organisation(name: string): OrganisationId {
  return derivedId('org', name);
}

/** A tier; without bounds and a flat amount the same for each unit. */
export function stepOf({
  above,
  upTo,
  quantity,
  unitAmount = '0',
  flatAmount,
}: TierDraft): RatedStep {
  const unit = { quantity: decimal(quantity), unitAmount: decimal(unitAmount) };
  if (above === undefined && upTo === undefined && flatAmount === undefined)
    return makeStep({ kind: 'units', ...unit });
  return makeStep({
    kind: 'tier',
    above: decimal(above ?? '0'),
    ...(upTo === undefined ? {} : { upTo: decimal(upTo) }),
    ...unit,
    flatAmount: decimal(flatAmount ?? '0'),
  });
}

/** The same amount every period. */
export function flatCharge(description: string, amount: string): PostedLine {
  return {
    ...lineOf(description, 'recurring', decimal(amount)),
    quantity: decimal(1n),
    unit: '',
    steps: [makeStep({ kind: 'flat', quantity: decimal(1n), flatAmount: decimal(amount) })],
  };
}

/** Usage in October, priced in these steps. */
export function usageCharge(
  description: string,
  {
    unit = 'unit',
    eventCount = 3n,
    tiers,
  }: { unit?: string; eventCount?: bigint; tiers: readonly TierDraft[] },
): PostedLine {
  const steps = tiers.map(stepOf);
  const sum = (parts: readonly RatedStep['amount'][]) =>
    parts.reduce((total, part) => total.add(part), decimal(0n));
  return {
    ...lineOf(description, 'usage', sum(steps.map((step) => step.amount))),
    quantity: sum(steps.map((step) => step.quantity)),
    unit,
    steps,
    usage: { meterId: derivedId('mtr', description), profile: 'default', eventCount },
  };
}

/** A line in the plain course of October, rounded by itself. */
function lineOf(description: string, kind: PostedLine['kind'], exactAmount: Decimal) {
  return {
    id: derivedId('line', description),
    chargeId: derivedId('chg', description),
    kind,
    feeId: derivedId('fee', description),
    planId: derivedId('plan', 'one'),
    description,
    period: OCTOBER,
    credited: false,
    billedAmount: decimal(0n),
    exactAmount,
    minorUnits: 0n,
  };
}

/** October of one account, due on the first of November; each line rounded by itself. */
export function postedBill(changes: Partial<PostedBill> = {}): PostedBill {
  const { lines = llmCharges(), currencyCode = 'USD' } = changes;
  return {
    organisationId: organisation('acme'),
    accountId: account('acct_67890'),
    accountName: 'Strawberry Fields Ltd',
    subscriptionId: derivedId('sub', 'one'),
    planName: 'LLM',
    billId: derivedId('bill', 'one'),
    period: OCTOBER,
    timeZone: 'UTC',
    currencyCode,
    dueMs: Date.UTC(2026, 10, 1),
    ...changes,
    lines: lines.map((line) => ({
      ...line,
      id: derivedId('line', line.description, ...(line.group ? [groupKey(line.group)] : [])),
      minorUnits: isCurrency(currencyCode)
        ? toMoney(line.exactAmount, currencyCode).minorUnits
        : 0n,
    })),
  };
}

/** A platform fee, prompt tokens in tiers of which the first is free, generated tokens at one price: 42.61 USD. */
export function llmCharges(): PostedLine[] {
  return [
    flatCharge('Platform', '20.00'),
    usageCharge('Prompt tokens', {
      unit: 'token',
      eventCount: 8819n,
      tiers: [
        { upTo: '10000000', quantity: '10000000' },
        { above: '10000000', quantity: '8059974', unitAmount: '0.0000025' },
      ],
    }),
    usageCharge('Generated tokens', {
      unit: 'token',
      eventCount: 8819n,
      tiers: [{ quantity: '245896', unitAmount: '0.00001' }],
    }),
  ];
}
