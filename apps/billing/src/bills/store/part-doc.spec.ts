import type { MeterId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { rate, type Price } from '@billingrails/rating';
import { BSON } from 'mongodb';
import { ratedKey, type Part } from '../domain/charge';
import { partFromDoc, partToDoc, type PartDoc } from './part-doc';

const prices: Price[] = [
  { kind: 'flat', amount: decimal('20.50') },
  { kind: 'perUnit', unitAmount: decimal('0.1') },
  {
    kind: 'graduated',
    tiers: [
      { upTo: decimal(10n), unitAmount: decimal('1'), flatAmount: decimal('5') },
      { unitAmount: decimal('0.5'), flatAmount: decimal('0') },
    ],
  },
];

test.each(prices)(
  'a part by a price of $kind is read from the database as it was written',
  (price) => {
    const part: Part = {
      period: { startMs: 1, endMs: 2 },
      rated: rate(price, { quantity: decimal('12'), eventCount: 3n }),
      share: { from: { part: 0n, whole: 31n }, until: { part: 2n ** 40n, whole: 2n ** 41n } },
      usage: { meterProfile: { meterId: 'mtr_1' as MeterId, profile: 'p' }, eventCount: 2n ** 62n },
    };
    const read = partFromDoc(BSON.deserialize(BSON.serialize(partToDoc(part))) as PartDoc);
    expect(read).toEqual(part);
    // By this it is told whether what was billed is what is owed.
    expect(ratedKey(read)).toBe(ratedKey(part));
  },
);
