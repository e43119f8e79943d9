import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { DescMethod } from '@bufbuild/protobuf';
import { callErrorFrom } from '../rpc/call-error';
import type { JsonObject } from '../rpc/connection';
import { openInput } from './input';
import { columnsMapped, eventMaker, type Mapping } from './mapping';
import { delimiterOf, recordsIn, type RecordRead, type ReadOptions } from './records';
import { runImport } from './run-import';
import { Sender, type RefusedLine } from './sender';
import { readState, stateFileOf, writeState, type ImportState } from './state';
import { instantFrom, longNumbersAsTexts, valueFrom } from './values';

const folder = mkdtempSync(join(tmpdir(), 'billingrails-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['4808', 4808],
  ['-0.5', -0.5],
  ['123456789012345', 123456789012345],
  ['1234567890123456', '1234567890123456'],
  ['0.123456789012345678', '0.123456789012345678'],
  ['007', '007'],
  ['1.50', '1.50'],
  ['-0', '-0'],
  ['1e5', '1e5'],
  ['true', true],
  ['The Beatles', 'The Beatles'],
])('a cell of %s is the value %j', (text, expected) => {
  expect(valueFrom(text)).toBe(expected);
});

test('a number is never another one', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(12), (digits, point) => {
      const text = String(digits).padStart(point + 1, '0');
      const decimal = point === 0 ? text : `${text.slice(0, -point)}.${text.slice(-point)}`;
      const value = valueFrom(decimal);
      if (typeof value !== 'number') return value === decimal;
      return value.toFixed(point) === decimal;
    }),
  );
});

test.each([
  ['2023-11-16 18:17:03.9799600', '2023-11-16T18:17:03.97996Z'],
  ['2023-11-16T18:17:03+01:00', '2023-11-16T18:17:03+01:00'],
  ['2023-11-16 18:17+0100', '2023-11-16T18:17:00+01:00'],
  ['2023-11-16', '2023-11-16T00:00:00Z'],
  ['2023-11-16 18:17:03 UTC', '2023-11-16T18:17:03Z'],
  ['1700158623', '2023-11-16T18:17:03Z'],
  ['1700158623979', '2023-11-16T18:17:03.979Z'],
  ['1700158623979960', '2023-11-16T18:17:03.97996Z'],
  ['1700158623979960001', '2023-11-16T18:17:03.979960001Z'],
  ['yesterday', undefined],
  ['16.11.2023', undefined],
])('a time of %s is %s', (text, expected) => {
  expect(instantFrom(text)).toBe(expected);
});

test('long numbers of JSON become texts, and nothing else does', () => {
  const json =
    '{"a": 9007199254740993, "b": "9007199254740993", "c": 0.1, "d": "x\\" 12345678901234567"}';
  expect(JSON.parse(longNumbersAsTexts(json))).toEqual({
    ...{ a: '9007199254740993', b: '9007199254740993' },
    ...{ c: 0.1, d: 'x" 12345678901234567' },
  });
});

async function read(content: string | Buffer, options: ReadOptions = {}): Promise<RecordRead[]> {
  const file = join(folder, 'input');
  writeFileSync(file, content);
  const records: RecordRead[] = [];
  for await (const record of recordsIn(openInput(file).chunks(), options)) records.push(record);
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
  account: '',
  time: '2026-01-01T00:00:00Z',
  columns: {},
  omitted: new Set(),
};
const made = (record: JsonObject, more: Partial<Mapping> = {}) =>
  eventMaker({ ...mapping, ...more })(record, () => 'made');

test('columns are known by their usual names, whatever their case; the rest are properties', () => {
  expect(made({ TIMESTAMP: '2026-01-02', Customer_ID: 17, units: 3 })).toEqual({
    event_name: 'usage',
    timestamp: '2026-01-02T00:00:00Z',
    idempotency_key: 'made',
    properties: { units: 3, billingrails_account_id: '17' },
  });
});

test('columns are mapped, renamed, left out, and found inside of objects', () => {
  const columns = columnsMapped(['account=customer.id', 'key=id', 'name=kind', 'duration=secs']);
  const record = { customer: { id: 'a', plan: 'x' }, id: 'k1', kind: 'Song', secs: 240, junk: 1 };
  expect(made(record, { columns, omitted: new Set(['junk', 'customer']) })).toEqual({
    event_name: 'Song',
    timestamp: '2026-01-01T00:00:00Z',
    idempotency_key: 'k1',
    properties: { duration: 240, billingrails_account_id: 'a' },
  });
});

test('an event of the API is taken as it is', () => {
  const event = {
    event_name: 'Song played',
    properties: { billingrails_account_id: 'a', duration: 240 },
    idempotency_key: 'k',
    timestamp: '2026-01-02T03:04:05Z',
  };
  expect(made(event)).toEqual(event);
});

test('an id is taken as it is written, also where it reads as a number', async () => {
  const [read0] = await read('account,key,units\n1.50,007,2.0\n');
  expect(made(read0?.record ?? {}, { columns: columnsMapped(['key=key']) })).toMatchObject({
    idempotency_key: '007',
    properties: { billingrails_account_id: '1.50', units: '2.0' },
  });
});

test('a record without an account or with no time is refused by its column', () => {
  expect(made({ units: 1 })).toEqual({ field: 'account', problem: 'is empty' });
  expect(made({ account: 'a', time: 'noon' })).toMatchObject({ field: 'time' });
  expect(() => columnsMapped(['account'])).toThrow('maps nothing');
});

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
    ...{ input: openInput(file), reading: {}, mapping: { ...mapping, account: 'a' }, state },
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
