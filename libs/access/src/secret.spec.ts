import type { ApiKeyId } from '@billingrails/ids';
import { isWellFormed, newSecret } from './secret';

const KEY_ID: ApiKeyId = 'key_01kb6r1zq8v3m5n7p9r1s3t5v7';

test('a key says its environment and id, and ends with the CRC-32 of the rest in base 62', () => {
  const secret = newSecret('test', KEY_ID);
  expect(secret).toMatch(/^br_test_01kb6r1zq8v3m5n7p9r1s3t5v7_[0-9A-Za-z]{49}$/);
  expect(newSecret('live', KEY_ID)).toMatch(/^br_live_/);
  expect(newSecret('test', KEY_ID)).not.toBe(secret);
  // Computed by another program: binascii.crc32 of Python.
  const known = `br_live_${'0'.repeat(26)}_${'a'.repeat(43)}`;
  expect(isWellFormed(`${known}3wFp0g`)).toBe(true);
});

test('any one character that is wrong, missing or too many makes a key malformed', () => {
  const secret = newSecret('live', KEY_ID);
  expect(isWellFormed(secret)).toBe(true);
  for (let at = 0; at < secret.length; at += 1) {
    const other = secret[at] === 'x' ? 'y' : 'x';
    expect(isWellFormed(secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false);
    expect(isWellFormed(secret.slice(0, at) + secret.slice(at + 1))).toBe(false);
    expect(isWellFormed(secret.slice(0, at) + other + secret.slice(at))).toBe(false);
  }
});

test.each([
  ['', false],
  ['br_wrong', false],
  [`br_${'A1-_'.repeat(10)}abc`, true], // from before there were checksums
  [`sk_live_${'a'.repeat(43)}`, false],
])('%j can be a key: %s', (text, expected) => {
  expect(isWellFormed(text)).toBe(expected);
});
