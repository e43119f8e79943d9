import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { musicScenario } from './music';
import type { Scenario } from './scenario';
import { traceScenario } from './trace';

const folder = mkdtempSync(join(tmpdir(), 'billingrails-scenario-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function trace(name: string, ...rows: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, ['TIMESTAMP,ContextTokens,GeneratedTokens', ...rows, ''].join('\n'));
  return file;
}

function traced(): Scenario {
  return traceScenario([
    trace('one.csv', '2023-11-16 18:17:03.9799600,4808,10', '2023-11-30 23:59:59.9999999,1,2'),
    trace('two.csv', '2023-11-16 18:15:46.6805900,374,44'),
  ]);
}

test.each([
  ['music', () => musicScenario],
  ['trace', traced],
])(
  '%s: playing twice sends the same events, each with a key of its own, in the month',
  (_, make) => {
    const scenario = make();
    const events = [...scenario.events()];
    expect([...scenario.events()]).toEqual(events);
    expect(events).toHaveLength(scenario.eventCount);
    expect(new Set(events.map((event) => event.idempotencyKey)).size).toBe(events.length);
    for (const event of events) {
      const ms = timestampMs(event.timestamp as Timestamp);
      expect(ms >= scenario.month.startMs && ms < scenario.month.endMs).toBe(true);
    }
  },
);

test('a trace is one account a file and one event a row', () => {
  const scenario = traced();
  expect(scenario.accounts.map(({ id }) => id)).toEqual(['one', 'two']);
  expect([...scenario.events()][0]).toMatchObject({
    eventName: 'llm_request',
    idempotencyKey: 'one-1',
    properties: { billingrails_account_id: 'one', prompt_tokens: 4808, generated_tokens: 10 },
  });
});

test.each([
  ['names the row that is no request', ['2023-11-16 18:17:03,many,10'], 'row 1 is not'],
  ['refuses an empty trace', [], 'holds no rows'],
  [
    'refuses more than one month',
    ['2023-11-16 18:17:03,1,1', '2023-12-01 00:00:00,1,1'],
    'more than one calendar month',
  ],
])('a trace %s', (_, rows, message) => {
  expect(() => traceScenario([trace('bad.csv', ...rows)])).toThrow(message);
});
