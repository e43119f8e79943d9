import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTime } from '../time';
import { profilesFile, readProfiles, writeProfiles } from './profiles';
import { DEFAULT_URL, targetFrom } from './target';

const now = new Date('2026-03-10T12:00:00Z');
const stored = {
  current: 'default',
  profiles: {
    default: { url: 'https://one.example', key: 'key-one' },
    local: {
      url: 'http://127.0.0.1:7000',
      service_urls: { ingest: 'http://127.0.0.1:7001' },
      key: 'k2',
    },
  },
};

test('profiles are kept in a file that only its owner can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'billingrails-cli-'));
  try {
    const file = profilesFile({ XDG_CONFIG_HOME: folder });
    expect(readProfiles(file)).toEqual({ profiles: {} });
    writeProfiles(file, stored);
    expect(readProfiles(file)).toEqual(stored);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('options win over the environment, which wins over the profile', () => {
  const urlOf = (options: object, env: NodeJS.ProcessEnv) => targetFrom(options, env, stored).url;
  expect(urlOf({}, {})).toBe('https://one.example');
  expect(urlOf({}, { BILLINGRAILS_URL: 'https://two.example' })).toBe('https://two.example');
  const env = { BILLINGRAILS_URL: 'https://two.example' };
  expect(urlOf({ url: 'https://three.example' }, env)).toBe('https://three.example');
  expect(targetFrom({}, {}, { profiles: {} }).url).toBe(DEFAULT_URL);
});

test('a key of a profile goes to its own addresses only; that of the environment wherever', () => {
  const keyOf = (options: object, env: NodeJS.ProcessEnv = {}) =>
    targetFrom(options, env, stored).key;
  expect(keyOf({})).toBe('key-one');
  expect(keyOf({ url: 'https://one.example/' })).toBe('key-one');
  expect(keyOf({ url: 'https://other.example' })).toBeUndefined();
  expect(keyOf({ serviceUrl: ['ingest=https://other.example'] })).toBeUndefined();
  expect(keyOf({ url: 'https://other.example' }, { BILLINGRAILS_KEY: 'mine' })).toBe('mine');
  expect(keyOf({ profile: 'local' })).toBe('k2');
});

test('services have addresses of their own where they are named', () => {
  expect(targetFrom({ profile: 'local' }, {}, stored).serviceUrls).toEqual({
    ingest: 'http://127.0.0.1:7001',
  });
  const env = { BILLINGRAILS_SERVICE_URLS: 'ingest=http://a:1, metering=http://a:2' };
  const { serviceUrls } = targetFrom({ serviceUrl: ['metering=http://b:2'] }, env, stored);
  expect(serviceUrls).toEqual({ ingest: 'http://a:1', metering: 'http://b:2' });
});

test.each([
  [{ profile: 'none' }, 'There is no profile "none".'],
  [{ profile: 'constructor' }, 'There is no profile "constructor".'],
  [{ serviceUrl: ['constructor=http://a:1'] }, "names no service's address"],
  [{ url: 'one.example' }, 'is no address'],
  [{ serviceUrl: ['nothing=http://a:1'] }, "names no service's address"],
])('%j is told', (options, message) => {
  expect(() => targetFrom(options, {}, stored)).toThrow(message);
});

test.each([
  ['now', '2026-03-10T12:00:00.000Z'],
  ['-90m', '2026-03-10T10:30:00.000Z'],
  ['-7d', '2026-03-03T12:00:00.000Z'],
  ['2026-01', '2026-01-01T00:00:00Z'],
  ['2026-01-31', '2026-01-31T00:00:00Z'],
  ['2026-01-31T12:00:00+01:00', '2026-01-31T12:00:00+01:00'],
])('%s is the time %s', (text, expected) => {
  expect(readTime(text, now)).toBe(expected);
});

test('what is no time is refused with what one is', () => {
  expect(() => readTime('yesterday', now)).toThrow('is no time');
});
