import { BSON } from 'mongodb';
import { dateOf, msOf } from './instants';

test('an instant is read from a document as it was written', () => {
  for (const ms of [-62_135_596_800_000, -1, 0, 1_700_000_000_123, 253_402_300_799_999]) {
    const { time } = BSON.deserialize(BSON.serialize({ time: dateOf(ms) })) as { time: Date };
    expect(msOf(time)).toBe(ms);
  }
});

test.each([Infinity, -Infinity, NaN, 8.65e15])('%p is refused rather than stored as 1970', (ms) => {
  expect(() => dateOf(ms)).toThrow('an instant that is stored is a date');
});
