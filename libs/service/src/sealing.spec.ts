import { createSealing } from './sealing';

const old = Buffer.alloc(32, 1);
const young = Buffer.alloc(32, 2);

test('what is sealed does not hold its text, is another each time, and is opened with its key', () => {
  const { seal, open } = createSealing([young]);
  const sealed = seal('sk_test_secret', 'org_1/key');
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('secret');
  expect(seal('sk_test_secret', 'org_1/key')).not.toEqual(sealed);
  expect(open(sealed, 'org_1/key')).toBe('sk_test_secret');
});

test('a key that was replaced still opens, and the new one seals', () => {
  const before = createSealing([old]).seal('text', 'place');
  const both = createSealing([young, old]);
  expect(both.open(before, 'place')).toBe('text');
  expect(createSealing([young]).open(both.seal('text', 'place'), 'place')).toBe('text');
  expect(() => createSealing([young]).open(before, 'place')).toThrow('SECRETS_KEYS');
});

test('what was changed, or moved to another place, is not opened', () => {
  const { seal, open } = createSealing([young]);
  const sealed = seal('a text', 'org_1/key');
  expect(() => open(sealed, 'org_2/key')).toThrow();
  for (let at = 4; at < sealed.length; at += 1)
    expect(() =>
      open(
        sealed.map((byte, n) => (n === at ? byte ^ 1 : byte)),
        'org_1/key',
      ),
    ).toThrow();
});
