import { EXIT } from '../../exit-codes';
import type { JsonObject } from '../../rpc/connection';
import { FakePlatform, beginStream, endStream, sendMessage } from '../../testing/fake-platform';

const HASH = 'ab'.repeat(32);

let platform: FakePlatform;
let asked: (readonly [string, JsonObject])[];
let verdict: JsonObject;

beforeEach(async () => {
  [asked, verdict] = [[], { whole: true, last_hash: HASH }];
  platform = new FakePlatform((method, request, response) => {
    asked.push([method, request]);
    if (method === 'AuditService/VerifyAudit') {
      beginStream(response);
      sendMessage(response, { verified_count: '1', total_count: '3' });
      sendMessage(response, { verified_count: '3', total_count: '3', verdict });
      return endStream(response);
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ audit_records: [record] }));
  });
  await platform.start();
});

afterEach(() => platform.stop());

const record = {
  ...{ id: 'aud_2', sequence: '2', time: '2026-01-01T00:00:00Z', outcome: 'AUDIT_OUTCOME_DONE' },
  ...{ actor: { key_id: 'key_1' }, object_id: 'acct_1' },
  method: 'billingrails.billing.v1.PlanService/CreatePlan',
};

test('records are listed by method, key, thing and time', async () => {
  const words = ['--method', 'PlanService/CreatePlan', '--key', 'key_1', '--resource', 'acct_1'];
  expect(
    await platform.run('audit', 'list', ...words, '--from', '2026-01', '--to', '2026-02'),
  ).toBe(EXIT.ok);
  expect(asked).toEqual([
    [
      'AuditService/ListAuditRecords',
      {
        ...{ method: record.method, key_id: 'key_1', object_id: 'acct_1' },
        ...{ start_time: '2026-01-01T00:00:00Z', end_time: '2026-02-01T00:00:00Z' },
        ...{ page_size: 100, page_token: '' },
      },
    ],
  ]);
  for (const text of ['aud_2', 'done', 'key_1', record.method, 'acct_1']) {
    expect(platform.printed).toContain(text);
  }
  expect(await platform.run('audit', 'list', '--method', 'PlanService/CreatePlam')).toBe(
    EXIT.usage,
  );
  expect(platform.told).toContain('Near it: PlanService/CreatePlan');
});

test('a chain that is whole gives an anchor, which is held against it', async () => {
  expect(await platform.run('audit', 'verify', '--anchor', `3:${HASH}`)).toBe(EXIT.ok);
  expect(asked).toEqual([['AuditService/VerifyAudit', { anchor: { sequence: '3', hash: HASH } }]]);
  expect(platform.told).toContain('All 3 records are as they were written.');
  expect(platform.told).toContain(`--anchor 3:${HASH}`);
  expect(await platform.run('audit', 'verify', '--anchor', '3')).toBe(EXIT.usage);
});

test('the first record that was altered is named, and it ends with its own code', async () => {
  verdict = { first_altered_sequence: '2', fault: 'AUDIT_FAULT_ALTERED', last_hash: HASH };
  expect(await platform.run('audit', 'verify', '--json')).toBe(EXIT.disagrees);
  expect(JSON.parse(platform.printed)).toEqual(verdict);
  expect(platform.told).toContain(
    `Record 2 (aud_2, ${record.method}) is not as it was written: altered.`,
  );
  // Where it is missing, another one is the next.
  verdict = { first_altered_sequence: '1', fault: 'AUDIT_FAULT_MISSING' };
  expect(await platform.run('audit', 'verify')).toBe(EXIT.disagrees);
  expect(platform.told).toContain('Record 1 is not as it was written: missing.');
});
