import { startPlatform, type Platform } from '@billingrails/stack';
import { waitFor } from '@billingrails/testing';
import { callService } from './json-call';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform?.stop());

const call = (service: 'ingest' | 'metering', method: string, request: object) =>
  callService(platform, service, method, request);
const send = (seconds: unknown, kind = 'local') =>
  call('ingest', 'EventService/IngestEvent', {
    event_name: 'Call ended',
    properties: { billingrails_account_id: 'acct_1', kind, seconds },
  });

test('ingest refuses what no meter could count, once there is a meter that would', async () => {
  expect((await send('five')).code).toBe('ok');
  const condition = { property: 'kind', operator: 'eq', value: 'local' };
  const { code } = await call('metering', 'MeterService/CreateMeter', {
    name: 'Calls',
    event_name: 'Call ended',
    profiles: [
      {
        code: 'seconds',
        name: 'Seconds',
        aggregation_method: 'AGGREGATION_METHOD_SUM',
        aggregation_property: 'seconds',
        filter: { negated: { negated: { condition } } },
      },
    ],
  });
  expect(code).toBe('ok');
  const refused = await waitFor(
    async () => {
      const answer = await send('five');
      return answer.code === 'invalid_argument' && answer;
    },
    { what: 'ingest to know the meter' },
  );
  expect(refused.text).toContain('properties.seconds');
  expect((await send('5')).code).toBe('ok');
  expect((await send('five', 'abroad')).code).toBe('ok');
});
