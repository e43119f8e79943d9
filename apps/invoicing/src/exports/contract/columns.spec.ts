import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DATASETS } from '../use-cases/datasets';

const page = readFileSync(resolve(__dirname, '../../../../../docs/exports.md'), 'utf8');
const lists = page.slice(page.indexOf('<!-- columns'), page.indexOf('<!-- end of columns'));

test('docs/exports.md names the columns of each dataset, in their order', () => {
  const told = lists.split(/^\*\*/m).flatMap((text) => {
    if (!text.includes('`EXPORT_DATASET_')) return [];
    return [[...text.slice(text.indexOf(':\n')).matchAll(/`(\w+)`/g)].map(([, name]) => name)];
  });
  expect(told).toEqual(
    Object.values(DATASETS).map(({ columns }) => columns.map(({ name }) => name)),
  );
});

test.each(Object.entries(DATASETS))(
  'no two columns of a dataset are named alike: %s',
  (_, { columns }) => {
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  },
);
