import { groupKey } from '@billingrails/rating';
import type { Cost } from '../domain/costs';
import { columnsOf } from './column';

const { text, money, decimal, time, flag } = columnsOf<Cost>(
  ({ invoice }) => invoice.total.currencyCode,
);

/** Who sells, where the invoice says it; FOCUS wants a name in any case. */
const sellerOf = ({ invoice }: Cost) => invoice.assessment?.seller?.name || invoice.organisationId;
const unitOf = ({ line }: Cost) => line.unit || 'Units';

/** A charge a row, with the columns of FOCUS 1.2 by name, then those of our own. */
export const COST_TABLE = [
  money('BilledCost', ({ billed }) => billed),
  text('BillingAccountId', ({ invoice }) => invoice.accountId),
  text('BillingAccountName', ({ invoice }) => invoice.accountName),
  text('BillingAccountType', () => 'Account'),
  text('BillingCurrency', ({ invoice }) => invoice.total.currencyCode),
  time('BillingPeriodEnd', ({ billingPeriod }) => billingPeriod.endMs),
  time('BillingPeriodStart', ({ billingPeriod }) => billingPeriod.startMs),
  text('ChargeCategory', ({ category }) => category),
  text('ChargeClass', ({ isCorrection }) => (isCorrection ? 'Correction' : undefined)),
  text('ChargeDescription', ({ description }) => description),
  text('ChargeFrequency', ({ frequency }) => frequency),
  time('ChargePeriodEnd', ({ line }) => line.period.endMs),
  time('ChargePeriodStart', ({ line }) => line.period.startMs),
  decimal('ConsumedQuantity', ({ consumedQuantity }) => consumedQuantity),
  text('ConsumedUnit', (row) => row.consumedQuantity && unitOf(row)),
  money('ContractedCost', ({ list }) => list),
  money('EffectiveCost', ({ effective }) => effective),
  text('InvoiceId', ({ documentNumber }) => documentNumber),
  text('InvoiceIssuerName', sellerOf),
  money('ListCost', ({ list }) => list),
  decimal('PricingQuantity', ({ pricedQuantity }) => pricedQuantity),
  text('PricingUnit', (row) => row.pricedQuantity && unitOf(row)),
  text('ProviderName', sellerOf),
  text('PublisherName', sellerOf),
  text('ServiceCategory', () => 'Other'),
  text(
    'ServiceName',
    ({ line, section }) => line.product?.name || section.planName || line.description,
  ),
  text('SkuId', ({ line }) => line.feeId),
  text('SubAccountId', ({ section }) => section.accountId),
  text('SubAccountName', ({ section }) => section.accountName),
  text('SubAccountType', () => 'Account'),
  text('x_ChargeId', ({ line }) => line.chargeId),
  text('x_Group', ({ line }) => line.group && groupKey(line.group)),
  text('x_InvoiceId', ({ invoice }) => invoice.id),
  flag('x_IsTest', ({ invoice }) => invoice.isTest === true),
  text('x_LineId', ({ line }) => line.id),
  text('x_LineKind', ({ line }) => line.kind),
  text('x_LineReason', ({ line }) => line.reason),
  text('x_MeterId', ({ line }) => line.usage?.meterId),
  text('x_MeterProfile', ({ line }) => line.usage?.profile),
  text('x_PlanName', ({ section }) => section.planName),
  text('x_SubscriptionId', ({ section }) => section.subscriptionId),
];
