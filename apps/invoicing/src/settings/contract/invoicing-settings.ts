import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  AfterRetries as AfterRetriesMessage,
  CollectionMethod as CollectionMethodMessage,
  Finalization as FinalizationMessage,
  type InvoicingSettings as InvoicingSettingsMessage,
  type InvoicingSettingsSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_pb';
import { parseMoney } from '@billingrails/money';
import { moneyToProto, moneyViolations } from '../../contract/money';
import { customFieldViolations } from '../../invoices/domain/invoice-terms';
import { formatViolations, seriesViolations } from '../../numbering/domain/number-format';
import { invalid, type Violation } from '@billingrails/errors';
import {
  brandingFromProto,
  brandingToProto,
  brandingViolations,
} from '../../branding/contract/branding';
import { bankAccountViolations, canonicalBankAccount } from '../domain/bank-account';
import type {
  AfterRetries,
  CollectionMethod,
  Finalization,
  OwnSettings,
} from '../domain/invoicing-settings';

const FINALIZATIONS: Record<Finalization, FinalizationMessage> = {
  at_once: FinalizationMessage.AT_ONCE,
  after_grace: FinalizationMessage.AFTER_GRACE,
  on_approval: FinalizationMessage.ON_APPROVAL,
};

const COLLECTION_METHODS: Record<CollectionMethod, CollectionMethodMessage> = {
  send_invoice: CollectionMethodMessage.SEND_INVOICE,
  charge_automatically: CollectionMethodMessage.CHARGE_AUTOMATICALLY,
};

const AFTER_RETRIES: Record<AfterRetries, AfterRetriesMessage> = {
  leave_open: AfterRetriesMessage.LEAVE_OPEN,
  mark_uncollectible: AfterRetriesMessage.MARK_UNCOLLECTIBLE,
};

const NANOS_A_MS = 1_000_000;

export function settingsToProto(
  settings: OwnSettings,
): MessageInitShape<typeof InvoicingSettingsSchema> {
  const { finalization, finalizationGraceMs, minimumAmounts = [], customFields = [] } = settings;
  const { netDays, purchaseOrderNumber, memo, series, creditNoteSeries, numberFormat } = settings;
  const { bankAccount, branding, collectionMethod, retryDays, afterRetries } = settings;
  const { usageByDay } = settings;
  return {
    ...(finalization === undefined ? {} : { finalization: FINALIZATIONS[finalization] }),
    ...(finalizationGraceMs === undefined
      ? {}
      : { finalizationGrace: durationFromMs(finalizationGraceMs) }),
    ...(netDays === undefined ? {} : { netDays }),
    purchaseOrderNumber: purchaseOrderNumber ?? '',
    memo: memo ?? '',
    customFields: customFields.map(({ name, value }) => ({ name, value })),
    series: series ?? '',
    creditNoteSeries: creditNoteSeries ?? '',
    numberFormat: numberFormat ?? '',
    minimumAmounts: minimumAmounts.map(moneyToProto),
    ...(bankAccount && { bankAccount: { ...bankAccount } }),
    ...(branding && { branding: brandingToProto(branding) }),
    ...(usageByDay === undefined ? {} : { usageByDay }),
    ...(collectionMethod && { collectionMethod: COLLECTION_METHODS[collectionMethod] }),
    ...(retryDays && { retrySchedule: { days: [...retryDays] } }),
    ...(afterRetries && { afterRetries: AFTER_RETRIES[afterRetries] }),
  };
}

/** Throws a DomainError invalid naming every violation by its path. */
export function settingsFromProto(message: InvoicingSettingsMessage): OwnSettings {
  const violations = violationsOf(message);
  if (violations.length > 0)
    throw invalid('INVOICING_SETTINGS_INVALID', 'The settings cannot be kept.', violations);
  const { finalizationGrace: grace, netDays, customFields, minimumAmounts } = message;
  const { bankAccount, branding, usageByDay } = message;
  const finalization = keyOf(FINALIZATIONS, message.finalization);
  const amounts = minimumAmounts.flatMap(
    ({ amount, currencyCode }) => parseMoney(amount, currencyCode) ?? [],
  );
  return {
    ...(finalization === undefined ? {} : { finalization }),
    ...(grace === undefined
      ? {}
      : {
          finalizationGraceMs: Number(grace.seconds) * 1000 + Math.trunc(grace.nanos / NANOS_A_MS),
        }),
    ...(netDays === undefined ? {} : { netDays }),
    ...textsOf(message),
    ...(customFields.length === 0
      ? {}
      : { customFields: customFields.map(({ name, value }) => ({ name, value })) }),
    ...(amounts.length === 0 ? {} : { minimumAmounts: amounts }),
    ...(bankAccount && { bankAccount: canonicalBankAccount(bankAccount) }),
    ...(branding && { branding: brandingFromProto(branding) }),
    ...(usageByDay === undefined ? {} : { usageByDay }),
    ...collectionOf(message),
  };
}

function collectionOf(message: InvoicingSettingsMessage): OwnSettings {
  const collectionMethod = keyOf(COLLECTION_METHODS, message.collectionMethod);
  const afterRetries = keyOf(AFTER_RETRIES, message.afterRetries);
  return {
    ...(collectionMethod && { collectionMethod }),
    ...(message.retrySchedule && { retryDays: [...message.retrySchedule.days] }),
    ...(afterRetries && { afterRetries }),
  };
}

/** The word for an enum's value; undefined for unspecified. */
function keyOf<K extends string, V>(words: Readonly<Record<K, V>>, value: V): K | undefined {
  return (Object.keys(words) as K[]).find((each) => words[each] === value);
}

function textsOf(message: InvoicingSettingsMessage): OwnSettings {
  const { purchaseOrderNumber, memo, series, creditNoteSeries, numberFormat } = message;
  const texts = { purchaseOrderNumber, memo, series, creditNoteSeries, numberFormat };
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
}

function violationsOf(message: InvoicingSettingsMessage): Violation[] {
  const { series, creditNoteSeries, numberFormat, customFields, minimumAmounts } = message;
  const { bankAccount, branding } = message;
  const unless = (text: string, violations: Violation[]) => (text === '' ? [] : violations);
  const currencies = minimumAmounts.map(({ currencyCode }) => currencyCode);
  return [
    ...unless(series, seriesViolations(series, 'settings.series')),
    ...unless(creditNoteSeries, seriesViolations(creditNoteSeries, 'settings.credit_note_series')),
    ...unless(numberFormat, formatViolations(numberFormat, 'settings.number_format')),
    ...customFieldViolations(customFields, 'settings.custom_fields'),
    ...(bankAccount ? bankAccountViolations(bankAccount, 'settings.bank_account') : []),
    ...(branding ? brandingViolations(branding, 'settings.branding') : []),
    ...minimumAmounts.flatMap((amount, index) => {
      const field = `settings.minimum_amounts[${index}]`;
      const isFirst = currencies.indexOf(amount.currencyCode) === index;
      return [
        ...moneyViolations(amount, field, 0n),
        ...(isFirst
          ? []
          : [{ field: `${field}.currency_code`, description: 'must stand only once' }]),
      ];
    }),
  ];
}
