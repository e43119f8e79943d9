import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const contracts = resolve(__dirname, '../../../proto/billingrails');
const COLUMNS_MAX = 120;

test('no comment of a contract is wider than 120 characters', () => {
  const files = readdirSync(contracts, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.proto'),
  );
  expect(files.length).toBeGreaterThan(10);
  const wide = files.flatMap((name) =>
    readFileSync(join(contracts, name), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        line.includes('//') && line.length > COLUMNS_MAX ? [`${name}:${index + 1}`] : [],
      ),
  );
  expect(wide).toEqual([]);
});
