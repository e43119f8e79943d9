import * as fc from 'fast-check';
import { decodeConsistencyToken, encodeConsistencyToken } from './consistency-token';

test('what was written is read back, whatever the order it was written in', () => {
  const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(count, count), { selector: ([key]) => key }), (pairs) => {
      const token = encodeConsistencyToken(new Map(pairs));
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(token).toBe(encodeConsistencyToken(new Map([...pairs].reverse())));
      expect(decodeConsistencyToken(token)).toEqual(new Map(pairs));
    }),
  );
});

const encoded = (text: string) => Buffer.from(text).toString('base64url');

test.each([
  ['empty', ''],
  ['no base64url', '§§§'],
  ['no JSON', encoded('hello')],
  ['no list', encoded('{"a":1}')],
  ['another version', encoded('[2,3,4]')],
  ['no version', encoded('[]')],
  ['half a pair', encoded('[1,3]')],
  ['a negative number', encoded('[1,3,-4]')],
  ['a fraction', encoded('[1,3,4.5]')],
  ['a number too large', encoded('[1,3,9007199254740993]')],
  ['a text for a number', encoded('[1,"3",4]')],
  ['a repeated partition', encoded('[1,3,4,3,5]')],
  ['partitions out of order', encoded('[1,4,1,3,1]')],
  ['something after it', `${encoded('[1,3,4]')}=`],
])('a token that is %s is refused by its field', (_case, token) => {
  expect(() => decodeConsistencyToken(token)).toThrow(
    expect.objectContaining({
      kind: 'invalid',
      reason: 'CONSISTENCY_TOKEN_INVALID',
      violations: [expect.objectContaining({ field: 'consistency_token' })],
    }),
  );
});
