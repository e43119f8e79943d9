import { precondition, type Violation } from '@billingrails/errors';
import { minorDigits } from '@billingrails/money';
import { linesOf, type FinalizedInvoice } from '../../invoices/domain/invoice';
import type { Assessment, Party } from '../../totals/domain/assessment';
import { sellerOf } from './parties';
import { percentOf } from './percent';
import { vatCategoryOf, vatKey } from './vat-category';

/**
 * What an invoice says too little of to be an e-invoice of EN 16931, by the path of its field, and where that is set;
 * none: it can be one.
 */
export function gapsOf(invoice: FinalizedInvoice): Violation[] {
  const { assessment, total } = invoice;
  const gap = (field: string, description: string): Violation => ({ field, description });
  const currency =
    minorDigits(total.currencyCode) > AMOUNT_DIGITS_MAX
      ? [gap('total.currency_code', `has amounts in thousandths; an e-invoice has two digits`)]
      : [];
  const sold = linesOf(invoice).some(({ kind }) => kind !== 'promotional_credit');
  const lines = sold ? [] : [gap('lines', 'an e-invoice has at least one')];
  if (assessment?.customer === undefined)
    return [
      ...currency,
      ...lines,
      gap('taxes', `must be known: ${SETTINGS}, settings.calculation, and the rates that hold`),
    ];
  return [
    ...currency,
    ...lines,
    ...sellerGaps(assessment),
    ...customerGaps(assessment.customer, assessment),
    ...lineGaps(assessment),
    ...roundingGaps(assessment, total.currencyCode),
  ];
}

/** Throws a DomainError precondition naming every gap. */
export function requireNoGaps({ number }: FinalizedInvoice, gaps: readonly Violation[]): void {
  if (gaps.length === 0) return;
  throw precondition(
    'E_INVOICE_INCOMPLETE',
    `${number} says too little for an e-invoice (EN 16931). What is set now counts for invoices that are put together later.`,
    gaps,
  );
}

const AMOUNT_DIGITS_MAX = 2;
const SETTINGS = 'TaxService.UpdateTaxSettings';
const DETAILS = 'TaxService.SetAccountTaxDetails';

function sellerGaps({ seller }: Assessment): Violation[] {
  const where = (path: string) => `is not known: ${SETTINGS}, settings.${path}`;
  if (seller === undefined) return [{ field: 'seller', description: where('seller') }];
  const { vatId, taxNumber } = sellerOf(seller);
  const fields: [string, boolean][] = [
    ['seller.name', seller.name !== ''],
    ['seller.address', seller.address !== undefined],
    ['seller.tax_ids', vatId !== undefined || taxNumber !== undefined],
  ];
  return fields.flatMap(([field, isKnown]) =>
    isKnown ? [] : [{ field, description: where(field) }],
  );
}

function customerGaps({ name, address, taxIds }: Party, { taxes }: Assessment): Violation[] {
  const fault = (field: string, description: string) => [
    { field: `customer.${field}`, description },
  ];
  const isReversed = taxes.some(({ treatment }) => treatment === 'reverse_charge');
  return [
    ...(name === '' ? fault('name', 'is not known: AccountService.UpdateAccount, name') : []),
    ...(address === undefined ? fault('address', `is not known: ${DETAILS}, details.address`) : []),
    ...(isReversed && taxIds.length === 0
      ? fault('tax_ids', `a reverse charge needs one: ${DETAILS}, details.tax_ids`)
      : []),
  ];
}

/** The first line without a tax and the first with several stand for all that are like it. */
function lineGaps({ lines }: Assessment): Violation[] {
  const first = (fits: (count: number) => boolean, description: string): Violation[] => {
    const place = lines.findIndex(({ taxes }) => fits(taxes.length));
    return place < 0 ? [] : [{ field: `lines[${place}].taxes`, description }];
  };
  return [
    ...first(
      (count) => count === 0,
      'no rate holds for it: TaxService.CreateTaxRate, "0" for what is zero-rated, or an exemption of the account',
    ),
    ...first((count) => count > 1, 'an e-invoice has one tax on a line, this has several'),
  ];
}

/**
 * Of each rate the tax may differ from the rounding of its base by less than one unit of the currency (BR-CO-17): many
 * lines that are rounded one by one may come to more.
 */
function roundingGaps({ taxes }: Assessment, currencyCode: string): Violation[] {
  const unit = 10n ** BigInt(minorDigits(currencyCode));
  const keys = taxes.map((tax) => vatKey(vatCategoryOf(tax)));
  return taxes.flatMap(({ percent, compound }, place) => {
    const alike = taxes.filter((_, index) => keys[index] === keys[place]);
    if (compound || keys.indexOf(keys[place] ?? '') < place) return [];
    const rounded = percentOf(sum(alike.map(({ base }) => base)), percent);
    const off = sum(alike.map(({ amount }) => amount)) - rounded;
    if ((off < 0n ? -off : off) < unit) return [];
    const description = `is rounded on so many lines that it is off by a whole unit: ${SETTINGS}, settings.rounding`;
    return [{ field: `taxes[${place}].amount`, description }];
  });
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
