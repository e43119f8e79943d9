import { ExportFormat } from '@billingrails/contracts/billingrails/common/v1/export_pb';
import * as fc from 'fast-check';
import {
  exportParts,
  type ExportedThing,
  type ExportPlan,
  type ExportSource,
} from './export-parts';

const COLUMNS = [{ name: 'row', kind: 'text' as const }];

/** Things with so many rows of so many letters, and how far they were read. */
function sourceOf(things: readonly ExportedThing[]) {
  const seen = { read: 0 };
  const after = (from: Parameters<ExportSource['read']>[0]) =>
    things.filter(({ position: { at } }) => {
      const start = Number(from?.position['at'] ?? -1);
      return Number(at) > start || (from?.inclusive === true && Number(at) === start);
    });
  const source: ExportSource = {
    count: (from) => Promise.resolve(after(from).length),
    async *read(from) {
      for (const thing of after(from)) {
        seen.read += 1;
        yield Promise.resolve(thing);
      }
    },
  };
  return { source, seen };
}

const thingsOf = (source: string, counts: readonly number[], letters: number): ExportedThing[] =>
  counts.map((count, at) => ({
    position: { at },
    rows: Array.from({ length: count }, (_, row) => [
      `${source}-${at}-${row}-`.padEnd(letters, 'x'),
    ]),
  }));

const planOf = (sources: readonly ExportSource[], plan: Partial<ExportPlan> = {}): ExportPlan => ({
  ...{ columns: COLUMNS, format: ExportFormat.CSV, sources, request: 'one', cursor: '' },
  ...plan,
});

type Part = Awaited<ReturnType<typeof partsOf>>[number];
async function partsOf(plan: ExportPlan) {
  const parts = [];
  for await (const { content, ...part } of exportParts(plan))
    parts.push({ ...part, text: Buffer.from(content ?? []).toString() });
  return parts;
}
const textOf = (parts: readonly Part[]) => parts.map(({ text }) => text).join('');

test('continued after any part, the whole is the same: no row twice, none missing, one head line', async () => {
  const counts = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(counts, counts, fc.constantFrom(30, 30_000), async (one, two, letters) => {
      const all = [thingsOf('one', one, letters), thingsOf('two', two, letters)];
      const sources = all.map((things) => sourceOf(things).source);
      const whole = await partsOf(planOf(sources));
      const expected = all.flatMap((things) => things.flatMap(({ rows }) => rows.flat()));
      expect(textOf(whole)).toBe(['row', ...expected].map((line) => `${line}\r\n`).join(''));
      expect(whole.map(({ complete }) => complete)).toEqual(
        whole.map((_, at) => at === whole.length - 1),
      );
      expect(whole.at(-1)).toMatchObject({
        rowCount: BigInt(expected.length),
        doneCount: BigInt(one.length + two.length),
        totalCount: BigInt(one.length + two.length),
      });
      for (const [place, { cursor = '' }] of whole.entries()) {
        if (cursor === '') continue;
        const rest = await partsOf(planOf(sources, { cursor }));
        expect(textOf(rest)).toBe(textOf(whole.slice(place + 1)));
      }
    }),
    { numRuns: 40 },
  );
});

test('what was added after an export is what its last cursor goes on with', async () => {
  const before = await partsOf(planOf([sourceOf(thingsOf('a', [1, 1], 9)).source]));
  const cursor = before.at(-1)?.cursor ?? '';
  const later = sourceOf(thingsOf('a', [1, 1, 2], 9)).source;
  expect(textOf(await partsOf(planOf([later], { cursor })))).toBe('a-2-0-xxx\r\na-2-1-xxx\r\n');
});

test('no more is read than what is taken, and a part holds about 64 KiB: 100,000 rows need no more than one', async () => {
  const { source, seen } = sourceOf(thingsOf('many', Array<number>(1_000).fill(100), 100));
  let [rows, parts] = [0, 0];
  for await (const { content = new Uint8Array(), rowCount = 0n } of exportParts(planOf([source]))) {
    expect(content.length).toBeLessThan(66 * 1024);
    // A thing has 10 KB of rows: what was read is in the parts so far.
    expect(seen.read).toBe(Math.ceil(Number(rowCount) / 100));
    [rows, parts] = [Number(rowCount), parts + 1];
  }
  expect(rows).toBe(100_000);
  expect(parts).toBeGreaterThan(100);
});

test.each(['nonsense', '', 'other request', 'other source', 'no position'])(
  'a cursor is refused that is of no equal request: %s',
  async (kind) => {
    const { source } = sourceOf(thingsOf('a', [1], 9));
    const good = (await partsOf(planOf([source]))).at(-1)?.cursor ?? '';
    const changed = (change: object) =>
      Buffer.from(
        JSON.stringify({ ...JSON.parse(Buffer.from(good, 'base64url').toString()), ...change }),
      ).toString('base64url');
    const plans: Record<string, Partial<ExportPlan>> = {
      nonsense: { cursor: 'nonsense' },
      '': { cursor: Buffer.from('null').toString('base64url') },
      'other request': { cursor: good, request: 'two' },
      'other source': { cursor: changed({ source: 1 }) },
      'no position': { cursor: changed({ position: 1 }) },
    };
    const asked = partsOf(planOf([source], plans[kind]));
    await expect(asked).rejects.toMatchObject({
      reason: 'EXPORT_CURSOR_INVALID',
      violations: [{ field: 'cursor' }],
    });
  },
);
