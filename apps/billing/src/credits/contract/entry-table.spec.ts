import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ENTRY_TABLE } from './entry-table';

test('docs/exports.md names the columns of the ledger of credits, in their order', () => {
  const page = readFileSync(resolve(__dirname, '../../../../../docs/exports.md'), 'utf8');
  const [, list = ''] = /^\*\*Ledger of credits\*\*[^\n]*\n([\s\S]*?)\n\n/m.exec(page) ?? [];
  expect([...list.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(
    ENTRY_TABLE.map(({ name }) => name),
  );
});
