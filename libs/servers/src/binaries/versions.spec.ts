import { isVersionUsable, parseVersion } from './versions';

test.each([
  ['db version v6.0.5\nBuild Info: {', '6.0.5'],
  ['nats-server: v2.15.1', '2.15.1'],
  ['nats-server: v2.15.1-RC.2', '2.15.1-RC.2'],
  ['command not found', undefined],
])('the version in %j is %s', (output, version) => {
  expect(parseVersion(output)).toBe(version);
});

test.each([
  ['mongod', '5.0.31', false],
  ['mongod', '6.0.0', true],
  ['mongod', '8.2.1', true],
  ['mongod', '6.0.0-rc1', false], // before 6.0.0
  ['nats-server', '2.9.10', false], // Debian's
  ['nats-server', '2.14.8', false],
  ['nats-server', '2.14.9', true],
  ['nats-server', '2.15.0', false], // newer, but without the fix of 2.14.9
  ['nats-server', '2.15.1-RC.1', false],
  ['nats-server', '2.15.1', true],
  ['nats-server', '2.16.0', true],
  ['nats-server', '3.0.0', true],
] as const)('%s %s can be relied on: %s', (server, version, usable) => {
  expect(isVersionUsable(server, version)).toBe(usable);
});
