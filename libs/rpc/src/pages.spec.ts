import { DomainError } from '@billingrails/errors';
import { decodePageToken, encodePageToken, pageSize } from '.';

interface Position {
  readonly after: string;
}

const parser = {
  parse(value: unknown): Position {
    if (typeof value === 'object' && value !== null && 'after' in value) {
      return { after: String(value.after) };
    }
    throw new TypeError('no position');
  },
};

test('a position comes back from its token, which is safe in a URL', () => {
  const token = encodePageToken({ after: 'acct/ä?&=+…' });
  expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(decodePageToken(token, parser)).toEqual({ after: 'acct/ä?&=+…' });
});

test.each([
  ['empty', ''],
  ['no base64', '§§§'],
  ['no JSON', Buffer.from('after').toString('base64url')],
  ['of another shape', encodePageToken({ before: 1 })],
  ['endless', encodePageToken({ after: 'x'.repeat(5_000) })],
])('a token that is %s is refused as page_token', (_what, token) => {
  const decode = () => decodePageToken(token, parser);
  expect(decode).toThrow(DomainError);
  expect(decode).toThrow(
    expect.objectContaining({
      kind: 'invalid',
      violations: [expect.objectContaining({ field: 'page_token' })],
    }),
  );
});

test.each([
  [0, 100],
  [1, 1],
  [1_000, 1_000],
  [1_001, 1_000],
  [2_147_483_647, 1_000],
])('a page size of %s is %s', (requested, size) => {
  expect(pageSize(requested)).toBe(size);
});

test('a method may have other limits', () => {
  expect(pageSize(0, { default: 10, max: 50 })).toBe(10);
  expect(pageSize(51, { default: 10, max: 50 })).toBe(50);
});

test.each([-1, 0.5, NaN])('a page size of %s is refused as page_size', (requested) => {
  expect(() => pageSize(requested)).toThrow(
    expect.objectContaining({ violations: [expect.objectContaining({ field: 'page_size' })] }),
  );
});
