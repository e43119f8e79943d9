import fc from 'fast-check';
import { derivedId } from '@billingrails/ids';
import type { AuditRecord, RecordedAction } from './audit-record';
import { continueChain, EMPTY_CHAIN, hashOf } from './chain';
import { ChainVerifier, type ChainFault } from './verify-chain';

const organisationId = derivedId('org', 'one');

const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const actions = fc.array(
  fc.record<RecordedAction>({
    id: fc.uuid().map((id) => `aud_${id}`),
    organisationId: fc.constant(organisationId),
    timeMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    outcome: fc.constantFrom('done', 'refused'),
    actor: fc.record({
      keyId: fc.constantFrom('key_1', 'key_2'),
      kind: fc.constantFrom('organisation', 'service'),
      address: fc.constantFrom('', '10.0.0.1', '::1'),
      forwardedFor: text,
    }),
    ...{ method: text, requestId: text, objectType: text, objectId: text },
    ...{ requestJson: text, beforeJson: text, afterJson: text },
  }),
  { minLength: 1, maxLength: 12 },
);

/** What is found in a chain, as it lies there; its head is where it was kept. */
function verify(records: readonly AuditRecord[], written = records): ChainFault | undefined {
  const verifier = new ChainVerifier();
  for (const record of records) {
    const fault = verifier.take(record);
    if (fault !== undefined) return fault;
  }
  return verifier.end(written.at(-1) ?? EMPTY_CHAIN);
}

const chainOf = (given: readonly RecordedAction[]) => continueChain(EMPTY_CHAIN, given).records;
const rehashed = (record: AuditRecord): AuditRecord => ({ ...record, hash: hashOf(record) });

/** Every way to alter one field of a record. */
const alterations: readonly ((record: AuditRecord) => AuditRecord)[] = [
  (record) => ({ ...record, id: `${record.id}x` }),
  (record) => ({ ...record, organisationId: derivedId('org', 'other') }),
  (record) => ({ ...record, timeMs: record.timeMs + 1 }),
  (record) => ({ ...record, outcome: record.outcome === 'done' ? 'refused' : 'done' }),
  (record) => ({ ...record, actor: { ...record.actor, keyId: 'key_3' } }),
  (record) => ({
    ...record,
    actor: { ...record.actor, kind: record.actor.kind === 'service' ? 'organisation' : 'service' },
  }),
  (record) => ({ ...record, actor: { ...record.actor, address: '10.0.0.2' } }),
  (record) => ({ ...record, actor: { ...record.actor, forwardedFor: `${record.hash}` } }),
  ...(
    [
      ...(['method', 'requestId', 'objectType', 'objectId'] as const),
      ...(['requestJson', 'beforeJson', 'afterJson'] as const),
    ] as const
  ).map((field) => (record: AuditRecord) => ({ ...record, [field]: `${record[field]}x` })),
  // What is moved from one text to the next is another record.
  (record) => ({ ...record, method: '', requestId: `x${record.requestId}${record.method}` }),
];

const places = fc.tuple(actions, fc.nat(), fc.nat());

test('a chain is whole however it was appended in parts', () => {
  fc.assert(
    fc.property(places, ([given, split]) => {
      const whole = chainOf(given);
      const at = split % (given.length + 1);
      const first = continueChain(EMPTY_CHAIN, given.slice(0, at));
      const second = continueChain(first.head, given.slice(at));
      expect([...first.records, ...second.records]).toEqual(whole);
      expect(second.head).toEqual({ sequence: whole.length, hash: whole.at(-1)?.hash });
      expect(verify(whole)).toBeUndefined();
    }),
  );
});

test('any alteration of one record is found and named, also where its hash is computed anew', () => {
  fc.assert(
    fc.property(places, fc.boolean(), ([given, place, how], isRehashed) => {
      const whole = chainOf(given);
      const index = place % whole.length;
      const alter = alterations[how % alterations.length] ?? rehashed;
      const altered = whole.map((record, at) => {
        if (at !== index) return record;
        return isRehashed ? rehashed(alter(record)) : alter(record);
      });
      expect(verify(altered, whole)).toEqual({ sequence: index + 1, kind: 'altered' });
    }),
  );
});

test('any record that was removed is named, the last too', () => {
  fc.assert(
    fc.property(places, ([given, place]) => {
      const whole = chainOf(given);
      const index = place % whole.length;
      const left = whole.filter((_, at) => at !== index);
      expect(verify(left, whole)).toEqual({ sequence: index + 1, kind: 'missing' });
      // So it is where those behind it are numbered anew: they are not as they were written.
      const numbered = left.map((record, at) => ({ ...record, sequence: at + 1 }));
      expect(verify(numbered, whole)?.sequence).toBe(index + 1);
    }),
  );
});

test('of two records that were swapped the first is named', () => {
  fc.assert(
    fc.property(places, ([given, one, other]) => {
      const whole = chainOf(given);
      const [from, to] = [one % whole.length, other % whole.length].sort((a, b) => a - b) as [
        number,
        number,
      ];
      fc.pre(from !== to);
      const swapped = whole.map((record, at) => {
        const source = at === from ? to : at === to ? from : at;
        return { ...(whole[source] ?? record), sequence: at + 1 };
      });
      expect(verify(swapped, whole)).toEqual({ sequence: from + 1, kind: 'altered' });
    }),
  );
});

test('a record that was put in between is named, or the one that is not the next any more', () => {
  fc.assert(
    fc.property(places, fc.boolean(), ([given, place, which], fits) => {
      const whole = chainOf(given);
      const index = place % (whole.length + 1);
      const head = whole[index - 1] ?? EMPTY_CHAIN;
      const forged = continueChain(head, [given[which % given.length] as RecordedAction]).records;
      const put = fits ? forged : forged.map((record) => ({ ...record, method: 'forged' }));
      const rest = whole
        .slice(index)
        .map((record) => ({ ...record, sequence: record.sequence + 1 }));
      const fault = verify([...whole.slice(0, index), ...put, ...rest], whole);
      // One that fits where it lies shows by what comes after it: the next record, or the head.
      const named = fits && index < whole.length ? index + 2 : index + 1;
      expect(fault?.sequence).toBe(named);
      // Two of one place cannot both be.
      const both = [...whole.slice(0, index), ...forged, ...whole.slice(index)];
      expect(verify(both, whole)?.sequence).toBe(index + 1);
    }),
  );
});

test('a chain that was computed anew does not have the hash that was kept elsewhere', () => {
  fc.assert(
    fc.property(places, ([given, place]) => {
      const whole = chainOf(given);
      const index = place % whole.length;
      const anchor = { sequence: whole.length, hash: whole.at(-1)?.hash ?? '' };
      const forged = chainOf(
        given.map((action, at) => (at === index ? { ...action, method: 'x/y' } : action)),
      );
      const fault = (records: readonly AuditRecord[]) => {
        const verifier = new ChainVerifier(anchor);
        for (const record of records) {
          const found = verifier.take(record);
          if (found !== undefined) return found;
        }
        return verifier.end(records.at(-1) ?? EMPTY_CHAIN);
      };
      expect(fault(whole)).toBeUndefined();
      fc.pre(given[index]?.method !== 'x/y');
      expect(fault(forged)).toEqual({ sequence: whole.length, kind: 'not_anchored' });
      // So it is where the last records were taken off, and the head with them.
      expect(fault(whole.slice(0, -1))).toEqual({ sequence: whole.length, kind: 'missing' });
    }),
  );
});
