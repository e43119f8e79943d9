import { isDurableVersion } from './durability';

test.each([
  ['2.14.9', true],
  ['2.14.10', true],
  ['2.15.1', true],
  ['v2.15.1', true],
  ['2.16.0', true],
  ['3.0.0', true],
  ['2.14.8', false],
  ['2.14.9-RC.1', false],
  ['2.15.0', false],
  ['2.15.1-preview.2', false],
  ['2.9.10', false],
  ['1.4.1', false],
  ['unknown', false],
])('server version %s is durable: %s', (version, durable) => {
  expect(isDurableVersion(version)).toBe(durable);
});
