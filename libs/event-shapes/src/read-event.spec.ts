import fc from 'fast-check';
import { keyOf, readEvent, senderField, SHAPE_NAMES, type ShapeName } from '.';
import { instantFrom } from './time';

const time = '2026-11-28T22:00:00Z';

const samples: Record<ShapeName, [object, object]> = {
  cloudevents: [
    {
      ...{ specversion: '1.0', type: 'prompt', id: '1', time: '2026-11-28T22:00:00.5+01:00' },
      ...{ source: 'my-app', subject: 'acct_1', data: { tokens: '123.4', model: 'small' } },
    },
    {
      event_name: 'prompt',
      properties: { tokens: '123.4', model: 'small', billingrails_account_id: 'acct_1' },
      idempotency_key: 'my-app 1',
      timestamp: '2026-11-28T22:00:00.5+01:00',
    },
  ],
  lago: [
    {
      ...{ transaction_id: 't1', external_subscription_id: 'acct_1', code: 'storage' },
      ...{ timestamp: '1795903200.123', precise_total_amount_cents: '1', properties: { gb: 10 } },
    },
    {
      event_name: 'storage',
      properties: { gb: 10, billingrails_account_id: 'acct_1' },
      idempotency_key: 't1',
      timestamp: '2026-11-28T22:00:00.123Z',
    },
  ],
  orb: [
    {
      ...{ idempotency_key: 'o1', external_customer_id: 'acct_1', event_name: 'job' },
      ...{ timestamp: time, properties: { seconds: 3 } },
    },
    {
      event_name: 'job',
      properties: { seconds: 3, billingrails_account_id: 'acct_1' },
      idempotency_key: 'o1',
      timestamp: time,
    },
  ],
  metronome: [
    {
      ...{ transaction_id: 'm1', customer_id: 'acct_1', event_type: 'heartbeat' },
      ...{ timestamp: '2026-11-28T22:00:00+00:00', properties: { region: 'eu' } },
    },
    {
      event_name: 'heartbeat',
      properties: { region: 'eu', billingrails_account_id: 'acct_1' },
      idempotency_key: 'm1',
      timestamp: '2026-11-28T22:00:00+00:00',
    },
  ],
  stripe: [
    {
      ...{ event_name: 'api_requests', identifier: 's1', timestamp: 1795903200 },
      payload: { stripe_customer_id: 'cus_1', value: '25' },
    },
    {
      event_name: 'api_requests',
      properties: { value: '25', billingrails_account_id: 'cus_1' },
      idempotency_key: 's1',
      timestamp: time,
    },
  ],
  flexprice: [
    {
      ...{ event_id: 'f1', external_customer_id: 'acct_1', event_name: 'call' },
      ...{ timestamp: time, source: 'api', properties: { bytes: 9 } },
    },
    {
      event_name: 'call',
      properties: { source: 'api', bytes: 9, billingrails_account_id: 'acct_1' },
      idempotency_key: 'f1',
      timestamp: time,
    },
  ],
  polar: [
    {
      ...{ name: 'upload', external_id: 'p1', external_customer_id: 'acct_1' },
      ...{ timestamp: time, metadata: { size: 1 } },
    },
    {
      event_name: 'upload',
      properties: { size: 1, billingrails_account_id: 'acct_1' },
      idempotency_key: 'p1',
      timestamp: time,
    },
  ],
};

test.each(SHAPE_NAMES)('an event of %s is read as ours', (shape) => {
  const [sent, event] = samples[shape];
  expect(readEvent(shape, sent)).toEqual({ event });
});

test.each(SHAPE_NAMES)('an event of %s without a time has none', (shape) => {
  const {
    timestamp: _timestamp,
    time: _time,
    ...sent
  } = samples[shape][0] as Record<string, unknown>;
  expect(readEvent(shape, sent)).toEqual({
    event: expect.not.objectContaining({ timestamp: expect.anything() }),
  });
});

test.each(SHAPE_NAMES)('everything that is wrong with an event of %s is said at once', (shape) => {
  const read = readEvent(shape, { timestamp: 'now', time: 'now' }, { path: 'events[3].' });
  const said = 'violations' in read ? read.violations : [];
  const fields = said.map(({ field }) => field);
  const ours = ['event_name', 'properties.billingrails_account_id', 'idempotency_key', 'timestamp'];
  for (const field of ours) expect(fields).toContain(`events[3].${senderField(shape, field)}`);
});

test.each([
  ['a subject that is a number', { subject: 17 }, 'subject', /^must be a string/],
  ['a subject that is empty', { subject: '' }, 'subject', /^is required/],
  ['a subject that is null', { subject: null }, 'subject', /^is required/],
  ['data that is no object', { data: [1] }, 'data', /object/],
  ['data in base64', { data_base64: 'AA==' }, 'data_base64', /data as JSON/],
  ['another version', { specversion: '0.3' }, 'specversion', /must be "1.0"/],
])('%s is refused by its name', (_what, change, field, description) => {
  const read = readEvent('cloudevents', { ...samples.cloudevents[0], ...change });
  expect(read).toEqual({
    violations: [{ field, description: expect.stringMatching(description) }],
  });
});

test('what is no object is refused', () => {
  expect(readEvent('orb', 'x', { path: '[2].' })).toEqual({
    violations: [{ field: '[2]', description: 'must be a JSON object' }],
  });
});

test.each([
  ['2026-11-28T22:00:00.123456', '2026-11-28T22:00:00.123456Z'],
  ['2026-11-28 22:00:00', '2026-11-28T22:00:00Z'],
  ['2026-11-28T22:00:00+0100', '2026-11-28T22:00:00+01:00'],
  ['0', '1970-01-01T00:00:00Z'],
  [1795903200.5, '2026-11-28T22:00:00.5Z'],
  ['2026-11-28', undefined],
  ['yesterday', undefined],
  [true, undefined],
  [-1, undefined],
])('the time %p is %p', (sent, instant) => {
  expect(instantFrom(sent)).toBe(instant);
});

test('two events have one key only if source and id are equal', () => {
  const name = fc.stringMatching(/^[ab% ]{1,4}$/);
  fc.assert(
    fc.property(name, name, name, name, (source, id, otherSource, otherId) => {
      const same = source === otherSource && id === otherId;
      expect(keyOf(source, id) === keyOf(otherSource, otherId)).toBe(same);
    }),
  );
  expect(keyOf('a'.repeat(300), '1')).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(keyOf('a\n', '1')).toMatch(/^sha256:/);
});

test('a path of ours is told by the name its sender knows', () => {
  expect(senderField('stripe', 'properties.billingrails_account_id')).toBe(
    'payload.stripe_customer_id',
  );
  expect(senderField('cloudevents', 'properties.tokens')).toBe('data.tokens');
  expect(senderField('lago', 'properties')).toBe('properties');
});
