import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CHANGE_KINDS } from '@billingrails/bus';
import { withChanges } from './changes-page';
import { unaligned } from './written-tables';

const root = resolve(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/webhooks-events.md'), 'utf8');

test('docs/webhooks-events.md lists the changes that the code does; `npm run docs` brings it up to date', () => {
  expect(unaligned(page)).toBe(unaligned(withChanges(page)));
});

test.each(Object.entries(CHANGE_KINDS))(
  '%s has an object that the contracts have',
  (_type, { objectType }) => {
    const [name = '', ...folders] = objectType.split('.').reverse();
    const folder = join(root, 'proto', ...folders.reverse());
    const contracts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(contracts.some((text) => text.includes(`\nmessage ${name} {`))).toBe(true);
  },
);
