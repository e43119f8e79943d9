import { sealing } from './sealing';

const old = Buffer.alloc(32, 1);
const current = Buffer.alloc(32, 2);

test('what is sealed does not hold its text, is another each time, and is opened with its key', () => {
  const { seal, open } = sealing([current]);
  const sealed = seal('sk_test_secret', 'org_1/key');
  expect(Buffer.from(sealed.text).toString('latin1')).not.toContain('secret');
  expect(seal('sk_test_secret', 'org_1/key').text).not.toEqual(sealed.text);
  expect(open(sealed, 'org_1/key')).toBe('sk_test_secret');
});

test('a key that was replaced still opens, and the new one seals', () => {
  const before = sealing([old]).seal('text', 'place');
  const both = sealing([current, old]);
  expect(both.open(before, 'place')).toBe('text');
  expect(both.seal('text', 'place').keyId).not.toBe(before.keyId);
  expect(() => sealing([current]).open(before, 'place')).toThrow('cannot be opened');
});

test('what was changed, or moved to another place, is not opened', () => {
  const { seal, open } = sealing([current]);
  const sealed = seal('text', 'org_1/key');
  expect(() => open(sealed, 'org_2/key')).toThrow();
  const [first = 0, ...rest] = sealed.text;
  expect(() => open({ ...sealed, text: Uint8Array.of(first ^ 1, ...rest) }, 'org_1/key')).toThrow();
});
