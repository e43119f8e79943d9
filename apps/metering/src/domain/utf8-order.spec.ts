import fc from 'fast-check';
import { compareUtf8 } from './utf8-order';

describe('strings are ordered by their UTF-8 bytes', () => {
  test.each([
    ['a', 'b'],
    ['a', 'aa'],
    ['', 'a'],
    ['Z', 'a'],
    ['z', 'é'],
    ['\uffee', '\u{10437}'],
    ['\ue000', '\u{10000}'],
    ['\u{10437}', '\u{10438}'],
  ])('%j before %j', (lesser, greater) => {
    expect(compareUtf8(lesser, greater)).toBeLessThan(0);
    expect(compareUtf8(greater, lesser)).toBeGreaterThan(0);
  });

  test('as Buffer.compare orders the bytes themselves', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const byBytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareUtf8(a, b))).toBe(byBytes);
      }),
      { numRuns: 300 },
    );
  });
});
