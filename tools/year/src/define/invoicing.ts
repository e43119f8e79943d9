import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  TaxCalculation,
  TaxExemptionKind,
  TaxRounding,
} from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import type { CouponBook, History, TaxesBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';

/** Says how invoices are taxed, and which coupons there are. */
export async function defineInvoicing(
  clients: Clients,
  { invoicing }: History,
  fees: ReadonlyMap<string, string>,
): Promise<void> {
  if (invoicing === undefined) return;
  await defineTaxes(clients, invoicing.taxes, fees);
  for (const coupon of invoicing.coupons)
    await steadily(() =>
      clients.coupons.createCoupon({
        coupon: {
          ...{ code: coupon.code, name: coupon.code, off: offOf(coupon) },
          ...{ invoices: coupon.invoices ?? 0, days: coupon.days ?? 0 },
        },
        requestId: coupon.code,
      }),
    );
}

function offOf({ off }: CouponBook) {
  if ('percent' in off) return { case: 'percentOff' as const, value: off.percent };
  const { amount, currency: currencyCode } = off;
  return { case: 'amountOff' as const, value: { amount, currencyCode } };
}

async function defineTaxes(
  { taxes }: Clients,
  { sellerCountry, byLine, rates, customers, fees: ofFees }: TaxesBook,
  fees: ReadonlyMap<string, string>,
): Promise<void> {
  const settings = {
    calculation: TaxCalculation.RATES,
    rounding: byLine ? TaxRounding.LINE : TaxRounding.INVOICE,
    seller: { name: 'Seller', address: { countryCode: sellerCountry } },
  };
  await steadily(() => taxes.updateTaxSettings({ settings, requestId: 'taxes' }));
  for (const [place, { country, category, fromMs, ...own }] of rates.entries()) {
    const from = fromMs === undefined ? {} : { startTime: timestampFromMs(fromMs) };
    const rate = { ...own, ...from, countryCode: country, taxCategory: category ?? '' };
    await steadily(() => taxes.createTaxRate({ rate, requestId: `rate-${place}` }));
  }
  for (const { account: accountId, country, exemptUntilMs } of customers) {
    const details = {
      address: { countryCode: country },
      ...(exemptUntilMs === undefined
        ? {}
        : {
            exemption: {
              kind: TaxExemptionKind.EXEMPT,
              endTime: timestampFromMs(exemptUntilMs),
            },
          }),
    };
    const request = { accountId, details, requestId: `taxes-${accountId}` };
    await steadily(() => taxes.setAccountTaxDetails(request));
  }
  for (const { fee, category = '', included } of ofFees) {
    const tax = { taxCategory: category, priceIncludesTax: included };
    const request = { feeId: fees.get(fee) ?? '', tax, requestId: `taxes-${fee}` };
    await steadily(() => taxes.setFeeTax(request));
  }
}
