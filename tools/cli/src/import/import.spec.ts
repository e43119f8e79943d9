import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { DescMethod } from '@bufbuild/protobuf';
import { callErrorFrom } from '../rpc/call-error';
import type { JsonObject } from '../rpc/connection';
import { openInput } from './input';
import type { Mapping } from './mapping';
import { delimiterOf, recordsIn, type RecordRead, type ReadOptions } from './records';
import { runImport } from './run-import';
import { Sender, type RefusedLine } from './sender';
import { readState, stateFileOf, writeState, type ImportState } from './state';

const folder = mkdtempSync(join(tmpdir(), 'billingrails-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: string | Buffer, options: ReadOptions = {}): Promise<RecordRead[]> {
  const file = join(folder, 'input');
  writeFileSync(file, content);
  const records: RecordRead[] = [];
  for await (const some of recordsIn(openInput(file).chunks(), options)) {
    records.push(...some.map(({ text: _text, ...record }) => record));
  }
  return records;
}

const csv = 'time;account;units\n2026-01-01;a;1\n\n2026-01-02;"b\nc";2\n2026-01-03;d\n';
const csvRecords = [
  { line: 2, record: { time: '2026-01-01', account: 'a', units: 1 } },
  { line: 5, record: { time: '2026-01-02', account: 'b\nc', units: 2 } },
  { line: 6, problem: 'has 2 columns where the head has 3' },
];

test('CSV is read by its head, with the number of each line, packed or not', async () => {
  expect(await read(csv)).toEqual(csvRecords);
  expect(await read(gzipSync(csv))).toEqual(csvRecords);
  expect(await read(`\ufeff${csv}`)).toEqual(csvRecords);
  expect(['a,b;c,d', 'a;b', 'a\tb', 'a'].map(delimiterOf)).toEqual([',', ';', '\t', ',']);
});

test('a column of a table may have any name', async () => {
  const [row] = await read('__proto__,constructor\n1,2\n');
  expect(JSON.stringify(row?.record)).toBe('{"__proto__":1,"constructor":2}');
});

test('JSON is read a line each; what is none is told by its line', async () => {
  const lines = ['{"a": 1}', '', '[1]', '{', `{"b": "${'é'.repeat(10)}"}`];
  expect(await read(lines.join('\r\n'))).toEqual([
    { line: 1, record: { a: 1 } },
    { line: 3, problem: 'is no JSON object' },
    { line: 4, problem: expect.stringMatching(/^is no JSON/) as unknown },
    { line: 5, record: { b: 'é'.repeat(10) } },
  ]);
  const bytes = Buffer.concat([
    Buffer.from('{"a": 1}\n"'),
    Buffer.from([0xff]),
    Buffer.from('"\n'),
  ]);
  expect((await read(bytes))[1]).toEqual({ line: 2, problem: 'is no UTF-8' });
  const long = `{"a": 1}\n{"b": "${'x'.repeat(2_000_000)}"}\n{"c": 3}\n`;
  expect((await read(long)).map(({ line, problem }) => [line, problem?.slice(0, 14)])).toEqual([
    [1, undefined],
    [2, 'is longer than'],
    [3, undefined],
  ]);
});

test('a table whose columns are not told apart, and an array, are refused with what to do', async () => {
  await expect(read('a,a\n1,2\n')).rejects.toThrow('Two columns are called "a"');
  await expect(read('[{"a": 1}]')).rejects.toThrow('one JSON array');
});

const mapping: Mapping = {
  eventName: 'usage',
  account: 'a',
  time: '2026-01-01T00:00:00Z',
  columns: {},
  omitted: new Set(),
};

test('the state lies beside the file, is of its content and mapping, and is never of another', () => {
  const file = join(folder, 'usage.csv');
  const stateFile = stateFileOf(file, 'hash', {});
  expect(stateFile).toBe(`${file}.import-state`);
  const state = { fingerprint: 'f', records: 5, acknowledged: 4, refused: 1, startTime: 't' };
  writeState(stateFile, state);
  expect(readState(stateFile, 'f')).toEqual(state);
  expect(readState(stateFile, 'other')).toBeUndefined();
  writeFileSync(stateFile, '{"fingerprint"');
  expect(readState(stateFile, 'f')).toBeUndefined();
});

/** A platform that keeps events by their keys, and refuses those whose units are below 0. */
class FakePlatform {
  readonly kept = new Map<string, JsonObject>();
  calls = 0;

  /** `ends` says of a call whether it fails, before or after its events are kept. */
  constructor(
    private readonly ends: (call: number) => 'before' | 'after' | undefined = () => undefined,
  ) {}

  async callOnce(_method: DescMethod, body: string): Promise<JsonObject> {
    this.calls += 1;
    const end = this.ends(this.calls);
    if (end === 'before') throw callErrorFrom({ code: 'internal', message: 'killed' }, '', '');
    const { events } = JSON.parse(body) as { events: JsonObject[] };
    expect(events.length).toBeLessThanOrEqual(100);
    const wrong = events.flatMap(({ properties }, index) =>
      Number((properties as JsonObject)['units']) < 0 ? [index] : [],
    );
    if (wrong.length > 0) throw invalid(wrong);
    for (const event of events) this.kept.set(String(event['idempotency_key']), event);
    await Promise.resolve();
    if (end === 'after') throw callErrorFrom({ code: 'internal', message: 'killed' }, '', '');
    return {};
  }
}

function invalid(indices: readonly number[]): Error {
  const field_violations = indices.map((index) => ({
    field: `events[${index}].properties.units`,
    description: 'must not be below 0',
  }));
  const details = [{ type: 'google.rpc.BadRequest', debug: { field_violations } }];
  return callErrorFrom({ code: 'invalid_argument', message: 'Refused.', details }, '', '');
}

const fresh: ImportState = {
  ...{ fingerprint: 'f', records: 0, acknowledged: 0, refused: 0 },
  startTime: '2026-01-01T00:00:00Z',
};

async function importInto(
  platform: FakePlatform,
  file: string,
  state: ImportState,
  refused: RefusedLine[],
): Promise<ImportState> {
  let last = state;
  await runImport({
    ...{ input: openInput(file), reading: {}, mapping, state },
    keyPrefix: 'import-x',
    sender: new Sender(
      platform,
      () => 0,
      () => undefined,
    ),
    clock: () => 0,
    signal: new AbortController().signal,
    onRefused: (each) => refused.push(each),
    onState: (now) => (last = now),
  }).catch((error: unknown) => {
    if ((error as Error).message !== 'killed') throw error;
  });
  return last;
}

test('however often it is interrupted, every line counts once or is refused with why', async () => {
  const file = join(folder, 'many.csv');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -1, max: 20 }), { minLength: 1, maxLength: 700 }),
      fc.array(fc.constantFrom('before', 'after', undefined), { maxLength: 20 }),
      async (units, ends) => {
        writeFileSync(file, ['units', ...units, ''].join('\n'));
        const platform = new FakePlatform((call) => ends[call - 1]);
        const refused: RefusedLine[] = [];
        let state = fresh;
        for (let runs = 0; runs <= ends.length && state.records < units.length; runs += 1) {
          state = await importInto(platform, file, state, refused);
        }
        const wrong = units.flatMap((each, index) => (each < 0 ? [index + 2] : []));
        const lines = [...new Set(refused.map(({ line }) => line))].sort((a, b) => a - b);
        expect(lines).toEqual(wrong);
        expect(state).toMatchObject({
          records: units.length,
          acknowledged: units.length - wrong.length,
          refused: wrong.length,
        });
        expect(platform.kept.size).toBe(units.length - wrong.length);
        expect(refused.every(({ field }) => field === 'properties.units')).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test('a batch that is refused as a whole is halved until the one is found that is to blame', async () => {
  const sender = new Sender(
    {
      callOnce: (_method, body) =>
        body.includes('bad')
          ? Promise.reject(callErrorFrom({ code: 'invalid_argument', message: 'No.' }, '', ''))
          : Promise.resolve({}),
    },
    () => 0,
    () => undefined,
  );
  const batch = Array.from({ length: 10 }, (_, index) => ({
    line: index + 2,
    json: index === 6 ? '"bad"' : '"good"',
  }));
  expect(await sender.send(batch)).toEqual([{ line: 8, field: '', problem: 'No.' }]);
});

test('a platform that is away is waited for, and what cannot pass ends the import', async () => {
  let calls = 0;
  const waiting: string[] = [];
  const sender = new Sender(
    {
      callOnce: () => {
        calls += 1;
        if (calls > 2) return Promise.resolve({});
        const details = [{ type: 'google.rpc.RetryInfo', debug: { retry_delay: '0.001s' } }];
        return Promise.reject(
          callErrorFrom({ code: 'unavailable', message: 'Away.', details }, '', ''),
        );
      },
    },
    () => 0,
    ({ message }) => waiting.push(message),
  );
  expect(await sender.send([{ line: 2, json: '{}' }])).toEqual([]);
  expect([calls, waiting]).toEqual([3, ['Away.']]);
  const denied = callErrorFrom({ code: 'unauthenticated', message: 'No key.' }, '', '');
  const other = new Sender(
    { callOnce: () => Promise.reject(denied) },
    () => 0,
    () => undefined,
  );
  await expect(other.send([{ line: 2, json: '{}' }])).rejects.toThrow('No key.');
});
