import { createLogger } from '.';
import { hideSecrets } from './hide-secrets';

const KEY = `br_${'Ab-_9'.repeat(8)}xyz`;

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  write(
    createLogger({ service: 'test', level: 'info', destination: { write: (l) => lines.push(l) } }),
  );
  return lines;
}

test('a line is one JSON object with level, time, service and fields', () => {
  const lines = logged((logger) => {
    logger.info({ partition: 3 }, 'lane started');
    logger.debug('below the level');
  });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    service: 'test',
    msg: 'lane started',
    partition: 3,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
});

test.each(['err', 'error'])('an error under %s keeps its cause and stack', (name) => {
  const [line = ''] = logged((logger) =>
    logger.error({ [name]: new Error('outer', { cause: new Error('inner') }) }, 'failed'),
  );
  expect(JSON.parse(line)[name]).toMatchObject({
    message: 'outer',
    stack: expect.stringContaining('create-logger.spec'),
    cause: { message: 'inner' },
  });
});

test('documents that a driver hangs on its error are not written, its code and reason are', () => {
  const error = Object.assign(new Error('duplicate key'), {
    code: 11000,
    reason: 'DUPLICATE',
    writeErrors: [{ op: { customer: 'Lovelace' } }],
    metadata: { authorization: 'hunter2' },
  });
  const [line = ''] = logged((logger) => logger.error({ err: error }, 'failed'));
  expect(JSON.parse(line).err).toMatchObject({
    type: 'Error',
    message: 'duplicate key',
    code: 11000,
    reason: 'DUPLICATE',
  });
  expect(line).not.toMatch(/Lovelace|hunter2/);
});

test('errors of many causes, errors in a circle and what is no error are all written', () => {
  const circle = new Error('circle');
  circle.cause = circle;
  const many = new AggregateError([new Error('one'), 'two'], 'many');
  const lines = logged((logger) => {
    for (const err of [circle, many, 'text', undefined, null, 5n]) logger.error({ err }, 'failed');
  });
  expect(lines).toHaveLength(6);
  expect(JSON.parse(lines[0] ?? '').err.cause.cause.message).toBe('circle');
  expect(JSON.parse(lines[1] ?? '').err.errors).toMatchObject([
    { message: 'one' },
    { type: 'string', message: 'two' },
  ]);
  expect(JSON.parse(lines[2] ?? '').err).toEqual({ type: 'string', message: 'text' });
  expect(JSON.parse(lines[5] ?? '').err).toEqual({ type: 'bigint', message: '5' });
});

test.each<[string, object, string]>([
  ['a header', { headers: { authorization: `Bearer ${KEY}` } }, KEY],
  ['a header in an array', { headers: { authorization: [`Bearer ${KEY}`] } }, KEY],
  ['a nested password', { a: { b: { c: [{ dbPassword: 'hunter2"x' }] } } }, 'hunter2'],
  ['a service key', { SERVICE_KEY: 'hunter2' }, 'hunter2'],
  ['an API key', { apiKey: 'hunter2' }, 'hunter2'],
  ['credentials of a URL', { url: 'mongodb://root:hunter2@db:27017/x' }, 'hunter2'],
  ['a token of a URL', { url: 'nats://hunter2@nats:4222' }, 'hunter2'],
  ['an error message', { err: new Error('cannot reach nats://u:hunter2@nats:4222') }, 'hunter2'],
  ["an error's cause", { err: new Error('x', { cause: new Error(`no key ${KEY}`) }) }, KEY],
  ['a product key in a text', { text: `key=${KEY}` }, KEY],
  ['a bearer in a text', { text: 'authorization: Bearer abcdef0123456789' }, 'abcdef0123456789'],
])('%s is never written', (_what, fields, secret) => {
  const [line = ''] = logged((logger) => logger.child(fields).info(fields, `x`));
  expect(line).not.toContain(secret);
  expect(line).toContain('[hidden]');
  expect(() => JSON.parse(line)).not.toThrow();
});

test('a secret in the message itself is never written', () => {
  const [line = ''] = logged((logger) => logger.info(`made ${KEY} for nats://u:p@h`));
  expect(line).toContain('made br_[hidden] for nats://[hidden]@h');
});

test('what only looks like a secret stays', () => {
  const text =
    '{"keyId":"key_01h","idempotency_key":"k-1","url":"http://h:1/a@b","mail":"a@b.c","key":"x"}';
  expect(hideSecrets(text)).toBe(text);
});
