import { ConfigError, loadConfig } from '@billingrails/config';
import { configSchema } from './config';

const HOUR_MS = 3_600_000;

const env = {
  MONGODB_URL: 'mongodb://a',
  NATS_URL: 'nats://a:4222',
  SERVICE_KEY: 'br_0123456789abcdef',
};
const graceOf = (text: string) =>
  loadConfig(configSchema, { ...env, BILL_GRACE_MS: text }).BILL_GRACE_MS;

test('a grace shorter than an hour is refused: what comes after a close is always told', () => {
  expect(graceOf(String(HOUR_MS))).toBe(HOUR_MS);
  expect(() => graceOf(String(HOUR_MS - 1))).toThrow(ConfigError);
});
