import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FeeDraftSchema, FeeSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { BOUNDED, PRICES, TERMS } from '@billingrails/rating/testing';
import type { Price } from '@billingrails/rating';
import { BSON } from 'mongodb';
import type { Fee } from '../domain/fee';
import { feeFromDoc, feeToDoc, type FeeDoc } from '../store/fee-doc';
import { feeDraftFromProto, feeToProto } from './fee';

const feeOf = (price: Price): Fee => ({
  id: 'fee_1',
  name: 'Fee',
  price,
  meterProfile: { meterId: 'mtr_1', profile: 'calls' },
  unit: 'call',
  groupPrices: [{ values: ['eu', 5, null], price }],
  otherPrices: [{ currencyCode: 'EUR', price, groupPrices: [{ values: ['us', 1, true], price }] }],
  createMs: 5,
});

const prices: (readonly [string, Price])[] = [
  ...Object.values(PRICES).map((price) => [price.kind, price] as const),
  ['bounded transactions', BOUNDED],
  ['bounded transactions, the first of them free', { ...BOUNDED, freeEvents: 3n }],
  ['all terms', { ...PRICES.perUnit, terms: TERMS }],
];

describe.each(prices)('a fee by %s', (_kind, price) => {
  test('is asked for and shown by the same fields, and means the same', () => {
    const shown = create(FeeSchema, feeToProto(feeOf(price)));
    const asked = create(FeeDraftSchema, {
      name: shown.name,
      ...(shown.price === undefined ? {} : { price: shown.price }),
      groupPrices: shown.groupPrices,
      otherPrices: shown.otherPrices,
    });
    const sent = fromBinary(FeeDraftSchema, toBinary(FeeDraftSchema, asked));
    const draft = feeDraftFromProto(sent);
    expect(draft.price).toEqual(price);
    expect(draft.groupPrices.map((own) => own.price)).toEqual([price]);
    expect(draft.otherPrices).toEqual(feeOf(price).otherPrices);
  });

  test('comes back from its document as it was', () => {
    const doc = BSON.deserialize(BSON.serialize(feeToDoc(feeOf(price)))) as FeeDoc;
    expect(feeFromDoc(doc)).toEqual(feeOf(price));
  });
});
