import { CouponService } from '@billingrails/contracts/billingrails/invoicing/v1/coupon_service_pb';
import { TaxCalculation } from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { ErrorInfoSchema } from '@billingrails/contracts/google/rpc/error_details_pb';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import { toTimestamp } from '@billingrails/rpc';
import { failureOf } from '@billingrails/rpc/testing';
import { Code, ConnectError } from '@connectrpc/connect';
import { account, flatCharge, organisation, postedBill } from '../../testing/posted-bills';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world?.stop());

const ACCOUNT_ID = 'acct_67890';
const OCTOBER = toTimestamp(Date.UTC(2026, 9, 1));
const percent = (value: string) => ({ case: 'percentOff', value }) as const;
const usdOff = (amount: string) =>
  ({ case: 'amountOff', value: { currencyCode: 'USD', amount } }) as const;

/** Publishes bills that fall due on 1 November, and gives their invoices, oldest first. */
async function invoicesOf(organisationId: OrganisationId, count: number, amounts = ['20', '10']) {
  for (let index = 0; index < count; index += 1) {
    const billId = derivedId('bill', String(index));
    const lines = amounts.map((amount, place) => flatCharge(`Fee ${place}`, amount));
    await world.publish(postedBill({ organisationId, billId, lines }));
  }
  await world.settled();
  const { invoices } = await replica.as(organisationId).listInvoices({});
  expect(invoices).toHaveLength(count);
  return invoices.reverse();
}

test('coupons let off an invoice before tax: percentages first, then amounts, with parts on its lines', async () => {
  const organisationId = organisation('coupons');
  const [coupons, taxes] = [CouponService, TaxService] as const;
  const client = replica.client(coupons, organisationId);
  const tax = replica.client(taxes, organisationId);
  const seller = { name: 'Seller', address: { countryCode: 'DE' } };
  await tax.updateTaxSettings({ settings: { calculation: TaxCalculation.RATES, seller } });
  await tax.createTaxRate({ rate: { name: 'VAT', percent: '20', countryCode: 'DE' } });
  await client.createCoupon({ coupon: { code: 'five', name: 'Five off', off: usdOff('5.00') } });
  await client.createCoupon({ coupon: { code: 'TEN', name: 'A tenth off', off: percent('10') } });
  for (const code of ['FIVE', 'ten'])
    await client.redeemCoupon({ accountId: ACCOUNT_ID, code, startTime: OCTOBER });
  const [invoice] = await invoicesOf(organisationId, 1);
  expect(invoice).toMatchObject({
    totals: {
      subtotal: { amount: '30.00' },
      discount: { amount: '8.00' },
      net: { amount: '22.00' },
      tax: { amount: '4.40' },
      total: { amount: '26.40' },
    },
    total: { amount: '26.40' },
    discounts: [
      {
        name: 'A tenth off',
        code: 'TEN',
        percentOff: '10',
        baseAmount: { amount: '30.00' },
        amount: { amount: '3.00' },
      },
      {
        name: 'Five off',
        code: 'five',
        percentOff: '',
        baseAmount: { amount: '27.00' },
        amount: { amount: '5.00' },
      },
    ],
    lines: [
      {
        discounts: [
          { discountIndex: 0, amount: { amount: '2.00' } },
          { discountIndex: 1, amount: { amount: '3.33' } },
        ],
        netAmount: { amount: '14.67' },
      },
      {
        discounts: [{ amount: { amount: '1.00' } }, { amount: { amount: '1.67' } }],
        netAmount: { amount: '7.33' },
      },
    ],
  });
});

test('a coupon for some lines is off those of its products, plans and fees, and says so; of none it counts for nothing', async () => {
  const organisationId = organisation('some lines');
  const client = replica.client(CouponService, organisationId);
  const product = { id: derivedId('prod', 'one'), name: 'One' };
  const productIds = [product.id];
  const planIds = [derivedId('plan', 'add-on')];
  const feeIds = [derivedId('fee', 'Seats')];
  const limited = { code: 'SOME', name: 'Some', off: usdOff('10.00'), invoices: 1 };
  const appliesTo = { productIds, planIds, feeIds };
  const { coupon } = await client.createCoupon({ coupon: { ...limited, appliesTo } });
  expect(coupon).toMatchObject({ appliesTo });
  expect(await client.getCoupon({ couponId: coupon?.id ?? '' })).toMatchObject({
    coupon: { appliesTo },
  });
  await client.createCoupon({ coupon: { code: 'HALF', name: 'Half', off: percent('50') } });
  for (const code of ['SOME', 'HALF'])
    await client.redeemCoupon({ accountId: ACCOUNT_ID, code, startTime: OCTOBER });
  const charges = [
    flatCharge('Base', '20'),
    flatCharge('Seats', '10'),
    { ...flatCharge('Calls', '5'), product },
    { ...flatCharge('Support', '25'), planId: derivedId('plan', 'add-on') },
  ];
  const post = async (name: string, lines: typeof charges) => {
    const billId = derivedId('bill', name);
    await world.publish(postedBill({ organisationId, billId, lines }));
    await world.settled();
    const { invoices } = await replica.as(organisationId).listInvoices({});
    return invoices[0];
  };
  const other = await post('other', charges.slice(0, 1));
  expect(other).toMatchObject({ total: { amount: '10.00' }, discounts: [{ code: 'HALF' }] });
  const invoice = await post('all', charges);
  expect(invoice).toMatchObject({
    totals: { subtotal: { amount: '60.00' }, discount: { amount: '40.00' } },
    discounts: [
      { code: 'HALF', baseAmount: { amount: '60.00' }, amount: { amount: '30.00' } },
      { code: 'SOME', baseAmount: { amount: '20.00' }, amount: { amount: '10.00' }, appliesTo },
    ],
  });
  expect(invoice?.discounts[0]?.appliesTo).toBeUndefined();
  const parts = invoice?.lines.map(({ discounts, netAmount, planId }) => [
    ...discounts.map(({ amount }) => amount?.amount),
    ...[netAmount?.amount, planId],
  ]);
  expect(parts).toEqual([
    ['10.00', '0.00', '10.00', derivedId('plan', 'one')],
    ['5.00', '2.50', '2.50', derivedId('plan', 'one')],
    ['2.50', '1.25', '1.25', derivedId('plan', 'one')],
    ['12.50', '6.25', '6.25', derivedId('plan', 'add-on')],
  ]);
  const { redemptions } = await client.listCouponRedemptions({ accountId: ACCOUNT_ID });
  expect(redemptions.map(({ invoiceCount }) => invoiceCount)).toEqual([1, 2]);
  const next = await post('next', charges);
  expect(next?.discounts.map(({ code }) => code)).toEqual(['HALF']);
});

test('a coupon for two invoices is on two of five, however they come; one of nothing does not count', async () => {
  const organisationId = organisation('twice');
  const client = replica.client(CouponService, organisationId);
  await client.createCoupon({
    coupon: { code: 'TWICE', name: 'Twice', off: percent('50'), invoices: 2 },
  });
  await client.redeemCoupon({ accountId: ACCOUNT_ID, code: 'TWICE', startTime: OCTOBER });
  await world.publish(
    postedBill({ organisationId, billId: derivedId('bill', 'nothing'), lines: [] }),
  );
  await world.settled();
  const second = await world.replica();
  for (let index = 0; index < 5; index += 1) {
    const billId = derivedId('bill', String(index));
    const bill = postedBill({ organisationId, billId, lines: [flatCharge('Fee', '10')] });
    await world.publish(bill);
    await world.publish(bill);
  }
  await world.settled();
  const { invoices } = await replica.as(organisationId).listInvoices({});
  const totals = invoices.map(({ total }) => total?.amount).sort();
  expect(totals).toEqual(['0.00', '10.00', '10.00', '10.00', '5.00', '5.00']);
  const { redemptions } = await client.listCouponRedemptions({ accountId: ACCOUNT_ID });
  expect(redemptions).toMatchObject([{ invoiceCount: 2 }]);
  await second.stop();
});

test('an invoice that buys credits is let nothing off, counts for no coupon, and is not taxed', async () => {
  const organisationId = organisation('bought');
  const client = replica.client(CouponService, organisationId);
  const tax = replica.client(TaxService, organisationId);
  const seller = { name: 'Seller', address: { countryCode: 'DE' } };
  await tax.updateTaxSettings({ settings: { calculation: TaxCalculation.RATES, seller } });
  await tax.createTaxRate({ rate: { name: 'VAT', percent: '20', countryCode: 'DE' } });
  await client.createCoupon({
    coupon: { code: 'HALF', name: 'Half', off: percent('50'), invoices: 1 },
  });
  await client.redeemCoupon({ accountId: ACCOUNT_ID, code: 'HALF', startTime: OCTOBER });
  const lines = [flatCharge('Prepaid balance', '45')];
  await world.publish(postedBill({ organisationId, lines, buysCredits: true }));
  await world.settled();
  const { invoices } = await replica.as(organisationId).listInvoices({});
  expect(invoices).toMatchObject([
    {
      ...{ total: { amount: '45.00' }, discounts: [] },
      taxes: [{ amount: { amount: '0.00' }, note: 'Prepaid credit: tax is on what it pays for.' }],
    },
  ]);
  const { redemptions } = await client.listCouponRedemptions({ accountId: ACCOUNT_ID });
  expect(redemptions).toMatchObject([{ invoiceCount: 0 }]);
});

test('an ended redemption, and one of another account or organisation, let off nothing', async () => {
  const organisationId = organisation('ended');
  const client = replica.client(CouponService, organisationId);
  await client.createCoupon({ coupon: { code: 'C', name: 'C', off: percent('50') } });
  const { redemption } = await client.redeemCoupon({
    ...{ accountId: ACCOUNT_ID, code: 'C', startTime: OCTOBER },
  });
  await client.redeemCoupon({ accountId: account('other'), code: 'C', startTime: OCTOBER });
  const couponRedemptionId = redemption?.id ?? '';
  const endTime = toTimestamp(Date.UTC(2026, 10, 1));
  await client.endCouponRedemption({ couponRedemptionId, endTime });
  const [invoice] = await invoicesOf(organisationId, 1);
  expect(invoice).toMatchObject({ total: { amount: '30.00' }, discounts: [] });
});

test('of eight accounts that redeem a coupon for three at once, three do; a request that is repeated happens once', async () => {
  const client = replica.client(CouponService, organisation('limits'));
  const { coupon } = await client.createCoupon({
    coupon: { code: 'THREE', name: 'Three', off: percent('5'), redemptionsMax: 3 },
  });
  const redeemed = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const call = client.redeemCoupon({
        ...{ accountId: `acct_${index}`, code: 'three', requestId: `redeem ${index}` },
      });
      return call.then(
        () => 'redeemed',
        (error: unknown) =>
          error instanceof ConnectError ? error.findDetails(ErrorInfoSchema)[0]?.reason : error,
      );
    }),
  );
  const refused = redeemed.filter((each) => each !== 'redeemed');
  expect(refused).toEqual(Array.from({ length: 5 }, () => 'COUPON_NOT_REDEEMABLE'));
  const couponId = coupon?.id ?? '';
  expect((await client.getCoupon({ couponId })).coupon?.redemptionCount).toBe(3);
});

test('a taken code, an unknown coupon, an archived one and an amount of no currency are refused', async () => {
  const client = replica.client(CouponService, organisation('refused'));
  const coupon = { code: 'ONE', name: 'One', off: percent('5') };
  const { coupon: one } = await client.createCoupon({ coupon });
  expect(
    await failureOf(client.createCoupon({ coupon: { ...coupon, code: 'one' } })),
  ).toMatchObject({ code: Code.AlreadyExists, reason: 'COUPON_EXISTS' });
  const amount = { case: 'amountOff', value: { currencyCode: 'USD', amount: '0.001' } } as const;
  for (const off of [percent('0'), percent('101'), amount, usdOff('0'), { case: undefined }])
    expect(
      await failureOf(client.createCoupon({ coupon: { code: 'X', name: 'X', off } })),
    ).toMatchObject({ code: Code.InvalidArgument, reason: 'COUPON_INVALID' });
  const appliesTo = { planIds: ['pro'] };
  expect(
    await failureOf(client.createCoupon({ coupon: { ...coupon, code: 'X', appliesTo } })),
  ).toMatchObject({ reason: 'COUPON_INVALID', fields: ['coupon.applies_to.plan_ids[0]'] });
  const accountId = ACCOUNT_ID;
  const nothing = { code: Code.NotFound, reason: 'COUPON_NOT_FOUND' };
  expect(await failureOf(client.redeemCoupon({ accountId, code: 'none' }))).toEqual(nothing);
  const others = replica.client(CouponService, organisation('strangers'));
  expect(await failureOf(others.getCoupon({ couponId: one?.id ?? '' }))).toEqual(nothing);
  await client.archiveCoupon({ couponId: one?.id ?? '' });
  expect(await failureOf(client.redeemCoupon({ accountId, code: 'ONE' }))).toMatchObject({
    ...{ code: Code.FailedPrecondition, reason: 'COUPON_NOT_REDEEMABLE' },
  });
  const { coupons } = await client.listCoupons({});
  expect(coupons.map(({ code, archived }) => [code, archived])).toEqual([['ONE', true]]);
});
