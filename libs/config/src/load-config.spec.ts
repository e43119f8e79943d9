import { z } from 'zod';
import {
  ConfigError,
  durationMs,
  eventsStreamOptions,
  eventsStreamPieces,
  loadConfig,
  logLevel,
  origins,
  port,
  secret,
  url,
} from '.';

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port().default(7001),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  NATS_URL: url('nats', 'tls'),
  METERING_URL: url('dns').default('dns:///127.0.0.1:7002'),
  NATS_MONITOR_URL: url('http', 'https').optional(),
  LOG_LEVEL: logLevel().default('info'),
  SERVICE_KEY: secret(),
  FLUSH_MS: durationMs(1, 1_000).default(5),
});

const good = {
  MONGODB_URL:
    'mongodb://user:pass@a:27017,b:27018/?replicaSet=rs0&readPreferenceTags=dc:ny,rack:1',
  NATS_URL: 'nats://a:4222,nats://b:4222',
  SERVICE_KEY: 'br_0123456789abcdef',
};

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('variables are converted, and the unset ones get their defaults', () => {
  expect(loadConfig(schema, { ...good, PORT: '7101', FLUSH_MS: '1000', HOME: '/root' })).toEqual({
    ...good,
    HOST: '127.0.0.1',
    PORT: 7101,
    METERING_URL: 'dns:///127.0.0.1:7002',
    LOG_LEVEL: 'info',
    FLUSH_MS: 1000,
  });
});

test('an empty variable counts as unset', () => {
  expect(loadConfig(schema, { ...good, PORT: '', NATS_MONITOR_URL: '' })).toMatchObject({
    PORT: 7001,
  });
  expect(problemsOf({ ...good, MONGODB_URL: '' })).toEqual(['MONGODB_URL: is required']);
});

test('every bad variable is named at once', () => {
  expect(problemsOf({ PORT: 'x', LOG_LEVEL: 'loud', FLUSH_MS: '0', NATS_URL: 'a:1' })).toEqual([
    'PORT: must be a whole number from 0 to 65535',
    'MONGODB_URL: is required',
    'NATS_URL: must be a URL that starts with nats:// or tls://',
    'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent',
    'SERVICE_KEY: is required',
    'FLUSH_MS: must be a whole number from 1 to 1000',
  ]);
});

test('no value is ever shown', () => {
  const values = {
    PORT: 'hunter2',
    MONGODB_URL: 'postgres://u:hunter2@h',
    NATS_URL: 'hunter2',
    SERVICE_KEY: 'hunter2',
    LOG_LEVEL: 'hunter2',
    FLUSH_MS: 'hunter2',
    NATS_MONITOR_URL: 'hunter2',
    METERING_URL: 'hunter2',
  };
  const problems = problemsOf(values);
  expect(problems).toHaveLength(Object.keys(values).length);
  expect(problems.join('\n')).not.toContain('hunter2');
});

test.each([
  ['mongodb://a:1,b:2', true],
  ['mongodb://a:1,b:99999', false],
  ['mongodb://a b', false],
  ['mongodb://', false],
  ['mongodb://a,', false],
  ['mongodb+srv://cluster.example.net', true],
  ['http://a', false],
])('%s as a MongoDB URL is usable: %s', (text, usable) => {
  expect(problemsOf({ ...good, MONGODB_URL: text }).length === 0).toBe(usable);
});

describe('what the environment asks of stream EVENTS', () => {
  const options = (env: NodeJS.ProcessEnv) =>
    eventsStreamOptions(loadConfig(z.object(eventsStreamPieces), env));

  test('what it leaves out is left to the stream', () => {
    expect(options({})).toEqual({});
    expect(options({ EVENTS_REPLICAS: '3' })).toEqual({ replicas: 3 });
  });

  test('what it says is passed on as numbers', () => {
    const env = { EVENTS_PARTITIONS: '32', EVENTS_REPLICAS: '5', EVENTS_MAX_BYTES: '1073741824' };
    expect(options(env)).toEqual({ partitions: 32, replicas: 5, maxBytes: 1_073_741_824 });
  });

  test.each([{ EVENTS_PARTITIONS: '0' }, { EVENTS_REPLICAS: '2' }, { EVENTS_MAX_BYTES: '1' }])(
    '%j is refused',
    (env) => {
      expect(() => options(env)).toThrow(ConfigError);
    },
  );
});

test.each([
  ['https://a.example, http://localhost:5173', ['https://a.example', 'http://localhost:5173']],
  ['loopback,https://a.example:8443', ['loopback', 'https://a.example:8443']],
  ['*', ['*']],
  ['none', []],
])('origins %s are %j', (text, expected) => {
  const read = loadConfig(z.object({ ORIGINS: origins() }), { ORIGINS: text });
  expect(read.ORIGINS).toEqual(expected);
});

test.each([
  'a.example',
  'https://a.example/',
  'https://a.example/x',
  'ftp://a.example',
  'https://*.example',
  'https://A.example',
  'loopback,',
])('%s is no list of origins as browsers send them', (text) => {
  expect(() => loadConfig(z.object({ ORIGINS: origins() }), { ORIGINS: text })).toThrow(
    /ORIGINS: must be origins/,
  );
});
