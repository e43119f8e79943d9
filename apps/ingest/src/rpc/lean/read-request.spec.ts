import { howMany } from '@billingrails/testing';
import {
  create,
  fromBinary,
  fromJson,
  fromJsonString,
  toBinary,
  toJsonString,
  type DescMessage,
  type JsonValue,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import {
  IngestEventRequestSchema,
  IngestEventResponseSchema,
  IngestEventsRequestSchema,
  IngestEventsResponseSchema,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { derivedId } from '@billingrails/ids';
import { readableRequest } from '@billingrails/rpc';
import * as fc from 'fast-check';
import { acceptBatch, acceptSingle } from '../../domain/accept-batch';
import type { NumberRule } from '../../domain/number-rules';
import { defaultAccountPath } from '../../domain/property-path';
import { entriesOf } from '../../publishing/envelopes';
import { seed } from '../../testing/seed';
import { toProto } from '../event-service';
import type { Form } from './accepted-events';
import { readLean } from './read-request';

const context = {
  organisationId: derivedId('org', 'one'),
  partitions: 4,
  nowMs: Date.parse('2024-02-29T23:59:59.250Z'),
  nextKey: () => 'evt_made',
  numberRulesOf: (eventName: string) =>
    eventName === 'Song skipped' ? [numberRule(['a']), numberRule(['b', 'a'])] : [],
  accountPathOf: (eventName: string) =>
    eventName === 'nested' ? ['user', 'id'] : eventName === 'other' ? ['who'] : defaultAccountPath,
};

function numberRule(path: readonly string[]): NumberRule {
  const names = { meter: 'Skips', profile: 'skips', method: 'sum' };
  return { path, ...names, passes: () => true, fromMs: -Infinity, toMs: Infinity };
}

const token = 'WzEsMCwxXQ';

/** What goes to the stream and to the caller; undefined when the request is refused or not lean. */
type Outcome = { entries: Record<number, string>; answer: string } | undefined;

function leanOutcome(body: Buffer, form: Form): Outcome {
  const read = readLean(body, context, form);
  if (read === undefined) return undefined;
  return outcomeOf(read.entries, read.answer(token));
}

/** The ordinary way: the runtime decodes, the domain judges, the runtime encodes. */
function ordinarily(body: Buffer, { encoding, isSingle }: Form): Outcome {
  const schema = isSingle ? IngestEventRequestSchema : IngestEventsRequestSchema;
  try {
    const message =
      encoding === 'proto'
        ? fromBinary(schema, body)
        : fromJsonString(schema, readableRequest(schema, body));
    const { events, outcomes } =
      'events' in message ? acceptBatch(message.events, context) : acceptSingle(message, context);
    const submission = { ...context, events, receiveTimeMs: context.nowMs };
    const told = outcomes.map(toProto);
    const answer = isSingle
      ? encoded(encoding, IngestEventResponseSchema, { event: told[0], consistencyToken: token })
      : encoded(encoding, IngestEventsResponseSchema, { events: told, consistencyToken: token });
    return outcomeOf(entriesOf(submission, context.partitions), answer);
  } catch {
    return undefined;
  }
}

function encoded<Desc extends DescMessage>(
  encoding: Form['encoding'],
  schema: Desc,
  init: MessageInitShape<Desc>,
): Uint8Array {
  const message = create(schema, init);
  return encoding === 'proto'
    ? toBinary(schema, message)
    : Buffer.from(toJsonString(schema, message, { useProtoFieldName: true }));
}

function outcomeOf(
  entries: ReadonlyMap<number, readonly Uint8Array[]>,
  answer: Uint8Array,
): Outcome {
  const texts = [...entries].map(([partition, runs]) => [
    partition,
    Buffer.concat(runs).toString('latin1'),
  ]);
  return {
    entries: Object.fromEntries(texts) as Record<number, string>,
    answer: Buffer.from(answer).toString('latin1'),
  };
}

/** The request in both encodings; in protobuf only if it can be decoded at all. */
function formsOf(json: string, isSingle: boolean): [Buffer, Form][] {
  const forms: [Buffer, Form][] = [[Buffer.from(json), { encoding: 'json', isSingle }]];
  const schema = isSingle ? IngestEventRequestSchema : IngestEventsRequestSchema;
  try {
    const bytes = toBinary(schema, fromJson(schema, JSON.parse(json) as JsonValue));
    forms.push([Buffer.from(bytes), { encoding: 'proto', isSingle }]);
  } catch {
    // What is no request has no other encoding.
  }
  return forms;
}

const space = fc.constantFrom('', '', '', ' ', '\n\t');
/** Mostly `usual`, so that whole requests are lean often enough. */
const mostly = (usual: fc.Arbitrary<string>, unusual: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 25, arbitrary: usual }, { weight: 1, arbitrary: unusual });
const number = mostly(
  fc.oneof(
    fc.integer().map(String),
    fc.tuple(fc.nat(999), fc.nat(999_999)).map(([whole, fraction]) => `${whole}.${fraction}`),
    fc.constantFrom('-0', '-0.0', '1.50', '1e3', '1E+2', '12e-9', '0.000001', '0.0000001'),
    fc
      .double({ min: -1e9, max: 1e9, noNaN: true })
      .filter((n) => Math.abs(n) > 1e-3)
      .map(String),
    fc.maxSafeInteger().map(String),
  ),
  fc.oneof(
    fc.double().map(String),
    fc.constantFrom('01', '1.', '.5', '+1', '-', '9007199254740993', '1e400', '1e-19'),
    fc.constantFrom('9007199254740990.7', '4503599627370497.5', '1234567890123456.78', '1e-400'),
  ),
);
const text = mostly(
  fc.oneof(
    fc.stringMatching(/^[a-z ]*$/),
    fc.constantFrom('12.50', 'mark\ufeff', '\u2028', '\u007f', 'ä€𝄞', 'it’s'),
  ),
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\ufeffmark', '\ud800', 'a"b\\c', '\n', '\u0000'),
  ),
);
const key = mostly(
  fc.constantFrom(
    'a',
    'b',
    'c',
    'd',
    'e',
    'f',
    'g',
    'h',
    'id',
    'who',
    'user',
    '_a',
    'k'.repeat(128),
  ),
  fc.constantFrom('1', '__proto__', '', 'é', 'k'.repeat(129), 'a"', 'billingrails_account_id'),
);

function objectOf(value: fc.Arbitrary<string>, members: fc.Arbitrary<[string, string][]>) {
  return fc
    .tuple(fc.array(fc.tuple(key, value), { maxLength: 4 }), members, space, space)
    .map(([others, own, before, after]) => {
      const pairs = [...others.map(([name, json]) => [JSON.stringify(name), json]), ...own];
      return `{${before}${pairs.map(([name, json]) => `${name}${after}:${before}${json}`).join(`${after},`)}${before}}`;
    });
}

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 9, depthIdentifier: 'value' },
    mostly(fc.constantFrom('true', 'false', 'null', '[]', '{}'), fc.constant('nul')),
    number,
    text.map((each) => JSON.stringify(each)),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(' ,')}]`),
    objectOf(tie('value'), fc.constant([])),
  ),
}));

const account = mostly(
  fc.constantFrom('"acct_1"', '"acct_2"', '"acct_3"'),
  fc.constantFrom('"_a"', '""', '7', '"é"'),
);
const properties = objectOf(
  value,
  account.map((id): [string, string][] => [['"billingrails_account_id"', id]]),
);
const timestamp = mostly(
  fc.oneof(
    fc
      .date({ min: new Date(0), max: new Date('2024-03-01T01:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    fc.constantFrom('2024-02-29T00:00:00.5Z', '2023-10-01T12:00:00+00:00', '1970-01-01T00:00:00Z'),
  ),
  fc.constantFrom(
    ...['2023-10-01T12:00:00+02:00', '2023-10-01t12:00:00Z', '2023-10-01T12:00:00.1234567891Z'],
    ...['2023-10-01T12:00:00.Z', '2023-10-01T24:00:00Z', '2023-02-29T00:00:00Z'],
    ...['2023-04-31T00:00:00Z', '2023-12-32T00:00:00Z', '2023-00-10T00:00:00Z'],
    ...['1969-12-31T23:59:59Z', '2025-01-01T00:00:00Z', '2023-1-1T00:00:00Z', 'Z', ''],
  ),
);
const name = mostly(
  fc.constantFrom('"Song played"', '"Song skipped"'),
  fc.oneof(
    fc.constantFrom('"other"', '"nested"', '""', 'null'),
    text.map((each) => JSON.stringify(each)),
  ),
);
const unusualField = fc.constantFrom('"eventName":"X"', '"nobody": 1', '"properties":[]');
const event = fc
  .tuple(
    name.map((json) => `"event_name":${json}`),
    properties.map((json) => `"properties":${json}`),
    fc.oneof(fc.nat(99).map(String), text).map((id) => `"idempotency_key" : ${JSON.stringify(id)}`),
    mostly(
      timestamp.map((each) => `"timestamp": ${JSON.stringify(each)}`),
      unusualField,
    ),
  )
  .chain((fields) => fc.shuffledSubarray(fields, { minLength: 3 }))
  .map((fields) => `{${fields.join(', ')}}`);

test('whatever the lean path reads comes to the same bytes as it does ordinarily', () => {
  const runs = howMany(1_000, 3_000);
  let lean = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 3 }), fc.boolean(), (events, single) => {
      const json = single ? (events[0] ?? '') : `{"events":[${events.join(',')}]}`;
      for (const [body, form] of formsOf(json, single)) {
        const outcome = leanOutcome(body, form);
        if (outcome === undefined) continue;
        lean += 1;
        expect(outcome).toEqual(ordinarily(body, form));
      }
    }),
    { numRuns: runs },
  );
  expect(lean).toBeGreaterThan(runs / 6);
});

test('a request with any wrong byte is never taken for another than it is', () => {
  const json = `{"events":[${seed},{"event_name":"X","properties":{"n":[1.5,{"a":null}],"billingrails_account_id":"acct_1"}}]}`;
  for (const [body, form] of formsOf(json, false)) {
    expect(leanOutcome(body, form)).toBeDefined();
    fc.assert(
      fc.property(
        fc.nat(body.length - 1),
        fc.oneof(fc.nat(255), fc.constantFrom(0x22, 0x2c, 0x5c, 0x7d, 0x30)),
        fc.boolean(),
        (place, byte, cut) => {
          const wrong = Buffer.from(cut ? body.subarray(0, place) : body);
          if (!cut) wrong[place] = byte;
          const outcome = leanOutcome(wrong, form);
          if (outcome !== undefined) expect(outcome).toEqual(ordinarily(wrong, form));
        },
      ),
      { numRuns: howMany(1_000, 3_000) },
    );
  }
});

test.each([
  ['the documented event', seed],
  ['text beyond ASCII', seed.replace('Abbey Road', 'Für Élise 𝄞')],
  ['nested properties', seed.replace('240', '{"min":[4,0.5],"live":false,"by":null}')],
  ['a time with a fraction', seed.replace('12:00:00Z', '12:00:00.123456+00:00')],
  ['no time and no key', '{"event_name":"X","properties":{"billingrails_account_id":"acct_1"}}'],
])('%s is read by the lean path, in JSON and in protobuf', (_what, json) => {
  for (const [body, form] of [...formsOf(json, true), ...formsOf(`{"events":[${json}]}`, false)]) {
    expect(leanOutcome(body, form)).toEqual(ordinarily(body, form));
    expect(leanOutcome(body, form)).toBeDefined();
  }
});

test.each([
  '9007199254740990.7',
  '4503599627370497.5',
  '1234567890123456.78',
  '0.10000000000000001',
])(
  'the number %s, which would become another, is left to the ordinary way, which refuses it',
  (number) => {
    const json = seed.replace('240', number);
    const form: Form = { encoding: 'json', isSingle: true };
    expect(leanOutcome(Buffer.from(json), form)).toBeUndefined();
    expect(ordinarily(Buffer.from(json), form)).toBeUndefined();
  },
);
