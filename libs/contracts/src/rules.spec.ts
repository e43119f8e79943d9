import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../../proto/billingrails');
const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.proto'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

test('no rule of a contract is told as a regular expression: rules that match have words of their own', () => {
  expect(texts.length).toBeGreaterThan(10);
  const told = texts.filter(({ text }) => /\bpattern\s*[:=]/.test(text));
  expect(told.map(({ name }) => name)).toEqual([]);
  for (const { name, text } of texts) {
    const rules = text.match(/\.cel = \{.*?\n {2}\}/gs) ?? [];
    expect([name, rules.length]).toEqual([name, text.split('.cel = {').length - 1]);
    for (const rule of rules)
      expect([name, rule]).toEqual([name, expect.stringMatching(/message: ['"]must /)]);
  }
});

test('every field of the contracts that sounds like a secret is marked as one, so that no record shows it', () => {
  const sounds =
    /^ *(?:optional |repeated )?string (\w*(?:secret|password|token)\w*) = \d+([^;]*);/gm;
  const shown = texts.flatMap(({ name, text }) =>
    [...text.matchAll(sounds)].map(([, field = '', options = '']) => ({ name, field, options })),
  );
  const openly = /^(?:(?:next_)?page|consistency|resume)_token$/;
  const unmarked = shown.filter(
    ({ field, options }) => !openly.test(field) && !options.includes('debug_redact = true'),
  );
  expect(unmarked).toEqual([]);
  expect(shown.filter(({ options }) => options.includes('debug_redact')).length).toBeGreaterThan(3);
});
