import {
  bundled,
  ServiceProcess,
  startServers,
  waitFor,
  type TestServers,
} from '@billingrails/testing';

const [main] = bundled('src/main.ts');
let servers: TestServers | undefined;
let running: ServiceProcess | undefined;

afterEach(async () => {
  running?.kill();
  await servers?.stop();
  servers = undefined;
});

function started(env: Readonly<Record<string, string>>): ServiceProcess {
  return (running = new ServiceProcess(main, env));
}

test('it prints the first key on standard output, which works at once, and ends when told', async () => {
  servers = await startServers({ mongo: true, nats: true, alone: true });
  const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = servers;
  const access = started({ MONGODB_URL, NATS_URL });
  await waitFor(() => access.address, { what: 'access to serve' });
  const [key, ...others] = access.lines.flatMap((line) => /^br_live_\w+$/.exec(line) ?? []);
  expect([key, others]).toEqual([expect.stringContaining('br_live_'), []]);
  const url = `${access.address}/billingrails.access.v1.OrganisationService/GetOrganisation`;
  const answer = await waitFor(
    async () => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const response = await fetch(url, { method: 'POST', headers, body: '{}' });
      // The key takes a moment to reach it.
      return response.status !== 401 && [response.status, await response.text()];
    },
    { what: 'the key to be let in' },
  );
  expect(answer).toEqual([200, expect.stringContaining('"default"')]);
  // The log, which is JSON, has it nowhere.
  expect(access.lines.filter((line) => line.startsWith('{')).join()).not.toContain(key);
  expect(await access.stop()).toBe(0);
});

test('settings that are missing or wrong are all named, and nothing starts', async () => {
  const access = started({ MONGODB_URL: 'http://nowhere', PORT: 'x', FIRST_KEY: 'maybe' });
  expect(await access.end()).toBe(1);
  const log = access.lines.join('\n');
  for (const name of ['MONGODB_URL', 'NATS_URL', 'PORT', 'FIRST_KEY']) expect(log).toContain(name);
});
