import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { create, toJsonString } from '@bufbuild/protobuf';
import { ExportAuditRecordsResponseSchema } from '@billingrails/contracts/billingrails/access/v1/audit_service_pb';
import { AuditRecordSchema } from '@billingrails/contracts/billingrails/access/v1/audit_pb';
import { derivedId } from '@billingrails/ids';
import type { AuditRecord, RecordedAction } from '../domain/audit-record';
import { canonicalText, continueChain, EMPTY_CHAIN } from '../domain/chain';
import { auditRecordToProto } from './audit-record';

const PROGRAM = join(__dirname, '../../../../../tools/recompute/audit.py');

const base: RecordedAction = {
  ...{ id: 'aud_0', organisationId: derivedId('org', 'one'), timeMs: 1_700_000_000_123 },
  ...{
    outcome: 'done',
    method: 'billingrails.x.v1.S/M',
    requestId: '',
    objectType: 'billingrails.x.v1.T',
  },
  actor: { keyId: 'key_1', kind: 'service', address: '::1', forwardedFor: '1.2.3.4, "x"' },
  ...{ objectId: 'a_1', requestJson: '{"a":1e-7}', beforeJson: '', afterJson: '{"a":"\\u0001"}' },
};

/** Texts in which languages write JSON otherwise: escapes, exponents, characters of several bytes, line separators. */
const actions: readonly RecordedAction[] = [
  base,
  { ...base, id: 'aud_1', timeMs: 1_700_000_000_000, actor: { ...base.actor, forwardedFor: '' } },
  { ...base, id: 'aud_2', outcome: 'refused', requestJson: '', afterJson: '', objectId: '' },
  { ...base, id: 'aud_3', afterJson: '{"name":"Zoë 😀 \u2028 \u007f \u0007 \\\\ / \t<&>"}' },
  { ...base, id: 'aud_4', beforeJson: '{"z":1,"a":{"😀":"b"}}', requestId: 'ü'.repeat(100) },
  {
    ...base,
    id: 'aud_5',
    timeMs: 4_000_000_000_100,
    actor: { ...base.actor, kind: 'organisation' },
  },
];
const { records } = continueChain(EMPTY_CHAIN, actions);
const shown = (record: AuditRecord) => create(AuditRecordSchema, auditRecordToProto(record));

/** What the program of the standard library says of an export. */
async function verified(given: readonly AuditRecord[], ...options: string[]): Promise<string[]> {
  const answer = create(ExportAuditRecordsResponseSchema, { auditRecords: given.map(shown) });
  const text = toJsonString(ExportAuditRecordsResponseSchema, answer, { useProtoFieldName: true });
  return new Promise((resolve, reject) => {
    const child = execFile('python3', [PROGRAM, ...options], (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`python3 has no answer: ${stderr}`, { cause: error }));
      else resolve(stdout.trim().split('\n'));
    });
    child.stdin?.end(text);
  });
}

test('the canonical text is the answered JSON without its hash, its names in order', () => {
  for (const { hash: _, ...record } of records) {
    const { hash: __, ...rest } = JSON.parse(
      toJsonString(AuditRecordSchema, shown({ ...record, hash: 'x' }), { useProtoFieldName: true }),
    ) as Record<string, unknown>;
    expect(canonicalText(record)).toBe(JSON.stringify(sorted(rest)));
  }
});

test('a program of another language verifies an export, and names what is wrong with it', async () => {
  const altered = records.map((record, at) => (at === 3 ? { ...record, objectId: 'x' } : record));
  const [whole, faulty, gap, anchored, cut] = await Promise.all([
    verified(records, '--anchor', `6:${records[5]?.hash}`),
    verified(altered),
    verified(records.filter((_, at) => at !== 2)),
    verified(records, '--anchor', `2:${'0'.repeat(64)}`),
    verified(records.slice(0, 4), '--anchor', `6:${records[5]?.hash}`),
  ]);
  expect(whole).toEqual(['{"organisations": 1, "records": 6, "faults": 0}']);
  const of = (first: string) => `${base.organisationId}: record ${first}`;
  expect(faulty[0]).toBe(of('4 was altered'));
  expect(gap[0]).toBe(of('3 is missing'));
  expect(anchored[0]).toBe(of('2 has another hash than the anchor'));
  expect(cut[0]).toBe(of('5 is missing'));
});

/** The same with the names of every object in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map(([name, each]) => [name, sorted(each)]));
}
