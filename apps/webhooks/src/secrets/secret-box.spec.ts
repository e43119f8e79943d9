import { createSecretBox } from './secret-box';

const [old, young] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

test('what is sealed is opened for its owner alone, also after the key was followed by another', () => {
  const box = createSecretBox([old]);
  const secret = box.make();
  const sealed = box.seal(secret, 'whe_1');
  expect(Buffer.from(sealed).toString('latin1')).not.toContain(secret.slice(6));
  expect(box.open(sealed, 'whe_1')).toBe(secret);
  expect(createSecretBox([young, old]).open(sealed, 'whe_1')).toBe(secret);
  expect(() => box.open(sealed, 'whe_2')).toThrow();
  expect(() => createSecretBox([young]).open(sealed, 'whe_1')).toThrow('SECRETS_KEYS');
  expect(() =>
    box.open(
      sealed.map((byte, at) => (at === 40 ? byte ^ 1 : byte)),
      'whe_1',
    ),
  ).toThrow();
});

test('each secret is another, in the form of Standard Webhooks, and sealed otherwise each time', () => {
  const box = createSecretBox([old]);
  const secrets = Array.from({ length: 20 }, () => box.make());
  expect(new Set(secrets).size).toBe(20);
  for (const secret of secrets) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(box.seal(secrets[0] ?? '', 'whe_1')).not.toEqual(box.seal(secrets[0] ?? '', 'whe_1'));
});
