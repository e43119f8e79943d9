import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type {
  InvoiceParty,
  PostalAddress,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_totals_pb';
import {
  TaxCalculation,
  TaxExemptionKind,
  TaxRounding,
  type AccountTaxDetails as DetailsMessage,
  type AccountTaxDetailsSchema,
  type FeeTax as FeeTaxMessage,
  type FeeTaxSchema,
  type TaxExemption as ExemptionMessage,
  type TaxRate as TaxRateMessage,
  type TaxRateSchema,
  type TaxSettings as TaxSettingsMessage,
  type TaxSettingsSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { decimalText, plainDecimal } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import { partyToProto } from '../../totals/contract/totals';
import type { Address, Party } from '../../totals/domain/assessment';
import type { AccountTaxDetails, TaxExemption } from '../domain/account-tax-details';
import { canonicalTaxId } from '../domain/tax-id';
import { postalKey, type TaxRate } from '../domain/tax-rate';
import type { FeeTax, TaxSettings } from '../domain/tax-settings';

const CALCULATIONS: Record<TaxSettings['calculation'], TaxCalculation> = {
  none: TaxCalculation.UNSPECIFIED,
  rates: TaxCalculation.RATES,
  service: TaxCalculation.SERVICE,
};

const ROUNDINGS: Record<TaxSettings['rounding'], TaxRounding> = {
  invoice: TaxRounding.INVOICE,
  line: TaxRounding.LINE,
};

export function taxSettingsToProto({
  calculation,
  rounding,
  seller,
  reverseChargeCountryCodes,
  ...settings
}: TaxSettings): MessageInitShape<typeof TaxSettingsSchema> {
  return {
    ...settings,
    calculation: CALCULATIONS[calculation],
    rounding: ROUNDINGS[rounding],
    reverseChargeCountryCodes: [...reverseChargeCountryCodes],
    ...(seller && { seller: partyToProto(seller) }),
  };
}

export function taxSettingsFromProto(message: TaxSettingsMessage): TaxSettings {
  const { pricesIncludeTax, reverseChargeCountryCodes, reverseChargeNote, seller } = message;
  return {
    ...{ pricesIncludeTax, reverseChargeNote },
    calculation: nameOf(CALCULATIONS, message.calculation) ?? 'none',
    rounding: nameOf(ROUNDINGS, message.rounding) ?? 'invoice',
    reverseChargeCountryCodes: [...new Set(reverseChargeCountryCodes)].sort(),
    ...(seller && { seller: partyFromProto(seller) }),
  };
}

/** The party with its tax ids in their canonical form; where one has none, as it was written. */
function partyFromProto({ name, address, taxIds }: InvoiceParty): Party {
  return {
    name,
    ...(address && { address: addressFromProto(address) }),
    taxIds: taxIds.map(taxIdFromProto),
  };
}

function taxIdFromProto({ countryCode, value }: InvoiceParty['taxIds'][number]) {
  const taxId = { countryCode, value };
  return canonicalTaxId(taxId) ?? taxId;
}

function addressFromProto(message: PostalAddress): Address {
  const { lines, city, postalCode, region, countryCode } = message;
  return { lines, city, postalCode, region, countryCode };
}

export function taxRateToProto({
  percent,
  category,
  startMs,
  endMs,
  ...rate
}: TaxRate): MessageInitShape<typeof TaxRateSchema> {
  return {
    ...rate,
    percent: decimalText(percent),
    taxCategory: category,
    ...(startMs === undefined ? {} : { startTime: toTimestamp(startMs) }),
    ...(endMs === undefined ? {} : { endTime: toTimestamp(endMs) }),
  };
}

export function taxRateFromProto(message: TaxRateMessage, path: string): Omit<TaxRate, 'id'> {
  const { name, percent, compound, countryCode, region, note } = message;
  return {
    ...{ name, compound, countryCode, region, note },
    percent: plainDecimal(percent),
    category: message.taxCategory,
    postalCodePrefix: postalKey(message.postalCodePrefix),
    ...optionalMs('startMs', message.startTime, `${path}.start_time`),
    ...optionalMs('endMs', message.endTime, `${path}.end_time`),
  };
}

const EXEMPTIONS: Record<TaxExemption['kind'], TaxExemptionKind> = {
  exempt: TaxExemptionKind.EXEMPT,
  reverse_charge: TaxExemptionKind.REVERSE_CHARGE,
};

export function detailsToProto({
  exemption,
  ...party
}: AccountTaxDetails): MessageInitShape<typeof AccountTaxDetailsSchema> {
  const { address, taxIds } = partyToProto({ name: '', ...party });
  return {
    ...(address && { address }),
    ...(taxIds && { taxIds }),
    ...(exemption && {
      exemption: {
        kind: EXEMPTIONS[exemption.kind],
        note: exemption.note,
        ...(exemption.endMs === undefined ? {} : { endTime: toTimestamp(exemption.endMs) }),
      },
    }),
  };
}

export function detailsFromProto(message: DetailsMessage): AccountTaxDetails {
  const { address, taxIds, exemption } = message;
  return {
    ...(address && { address: addressFromProto(address) }),
    taxIds: taxIds.map(taxIdFromProto),
    ...(exemption && { exemption: exemptionFromProto(exemption) }),
  };
}

function exemptionFromProto({ kind, note, endTime }: ExemptionMessage): TaxExemption {
  return {
    kind: nameOf(EXEMPTIONS, kind) ?? 'exempt',
    note,
    ...optionalMs('endMs', endTime, 'details.exemption.end_time'),
  };
}

export function feeTaxToProto({
  category,
  priceIncludesTax,
}: FeeTax): MessageInitShape<typeof FeeTaxSchema> {
  return {
    taxCategory: category,
    ...(priceIncludesTax === undefined ? {} : { priceIncludesTax }),
  };
}

export function feeTaxFromProto({ taxCategory, priceIncludesTax }: FeeTaxMessage): FeeTax {
  return {
    category: taxCategory,
    ...(priceIncludesTax === undefined ? {} : { priceIncludesTax }),
  };
}

function optionalMs<K extends string>(
  name: K,
  time: Timestamp | undefined,
  path: string,
): { [key in K]?: number } {
  if (time === undefined) return {};
  return { [name]: fromTimestamp(time, path) } as { [key in K]?: number };
}

function nameOf<K extends string, V>(values: Record<K, V>, value: V): K | undefined {
  return (Object.keys(values) as K[]).find((name) => values[name] === value);
}
