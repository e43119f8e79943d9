import { ACCOUNT_ID, MONTH_END, type Requests } from '../story';

/** Taxes and coupons. */
export const taxRequests: Requests = {
  'InvoicingSettingsService.GetInvoicingSettings': () => ({ account_id: ACCOUNT_ID }),
  'TaxService.CreateTaxRate': (_world, label) => ({
    rate: { name: `${label} tax`, percent: '19', country_code: 'DE', note: `${label} note` },
  }),
  'TaxService.EndTaxRate': (world) => ({ tax_rate_id: world.taxRate, end_time: MONTH_END }),
  'TaxService.ListTaxRates': () => ({ country_code: 'DE' }),
  'TaxService.UpdateTaxSettings': (_world, label) => ({
    settings: { calculation: 'TAX_CALCULATION_RATES', seller: { name: `${label} seller` } },
  }),
  'TaxService.GetTaxSettings': () => ({}),
  'TaxService.SetAccountTaxDetails': (_world, label) => ({
    account_id: ACCOUNT_ID,
    details: { address: { city: `${label} city`, country_code: 'DE' } },
  }),
  'TaxService.GetAccountTaxDetails': () => ({ account_id: ACCOUNT_ID }),
  // Fees are billing's: what is said of one is kept also where there is none.
  'TaxService.SetFeeTax': (_world, label) => ({
    fee_id: 'fee_01hzzzzzzzzzzzzzzzzzzzzzzz',
    tax: { tax_category: `${label} category` },
  }),
  'TaxService.ListFeeTaxes': () => ({}),
  'CouponService.CreateCoupon': (_world, label) => ({
    coupon: { code: 'WELCOME', name: `${label} coupon`, percent_off: '10' },
  }),
  'CouponService.GetCoupon': (world) => ({ coupon_id: world.coupon }),
  'CouponService.ListCoupons': () => ({}),
  'CouponService.RedeemCoupon': () => ({ account_id: ACCOUNT_ID, code: 'WELCOME' }),
  'CouponService.ListCouponRedemptions': () => ({ account_id: ACCOUNT_ID }),
  'CouponService.EndCouponRedemption': (world) => ({
    coupon_redemption_id: world.redemption,
    end_time: MONTH_END,
  }),
  'CouponService.ArchiveCoupon': (world) => ({ coupon_id: world.coupon }),
};
