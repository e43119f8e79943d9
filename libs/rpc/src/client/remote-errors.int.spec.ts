import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { DomainError, invalid, unavailable } from '@billingrails/errors';
import { createRpcClient } from '..';
import { query, urlOf } from '../testing/calls';
import { startTestServer, TEST_KEY } from '../testing/test-server';

describe('what another service says', () => {
  const cases: [string, () => unknown, { status: number; code: string; reason: string }][] = [
    [
      'about the request is passed on',
      () => invalid('USAGE_QUERY_INVALID', 'x'),
      { status: 400, code: 'invalid_argument', reason: 'USAGE_QUERY_INVALID' },
    ],
    [
      'when it refuses our key is our internal error',
      () => new DomainError('unauthenticated', 'API_KEY_INVALID', 'x'),
      { status: 500, code: 'internal', reason: 'INTERNAL' },
    ],
    [
      'when it fails inside is our internal error',
      () => new Error('x'),
      { status: 500, code: 'internal', reason: 'INTERNAL' },
    ],
    [
      'when it is away is unavailable',
      () => unavailable('DATABASE_UNAVAILABLE', 'x', 5),
      { status: 503, code: 'unavailable', reason: 'DATABASE_UNAVAILABLE' },
    ],
  ];

  test.each(cases)('%s', async (_what, thrown, { status: expected, code, reason }) => {
    const back = await startTestServer({
      usage: {
        queryUsage: () => {
          throw thrown();
        },
      },
    });
    const { client, close } = createRpcClient(UsageService, { url: urlOf(back), key: TEST_KEY });
    const front = await startTestServer({
      events: {
        ingestEvent: async () => {
          await client.queryUsage(query);
          return {};
        },
      },
    });
    const response = await front.post('EventService/IngestEvent', {});
    expect(response.status).toBe(expected);
    const told = (await response.json()) as { code: string; details: { debug: object }[] };
    expect(told.code).toBe(code);
    expect(told.details[0]?.debug).toMatchObject({ reason });
    close();
    await Promise.all([front.close(), back.close()]);
  });

  test('is passed on with all that it says to programs', async () => {
    const metadata = { limit: 'calls', limit_per_second: '10' };
    const back = await startTestServer({
      usage: {
        queryUsage: () => {
          throw new DomainError(
            'exhausted',
            'STREAM_BUSY',
            'x',
            [{ field: 'a', description: 'b' }],
            {
              ...{ metadata, retryAfterMs: 2_000, violationCount: 3 },
            },
          );
        },
      },
    });
    const { client, close } = createRpcClient(UsageService, { url: urlOf(back), key: TEST_KEY });
    const front = await startTestServer({
      events: {
        ingestEvent: async () => {
          await client.queryUsage(query);
          return {};
        },
      },
    });
    const response = await front.post('EventService/IngestEvent', {});
    const told = (await response.json()) as { details: { debug: object }[] };
    expect(told.details[0]?.debug).toEqual({
      ...{ reason: 'STREAM_BUSY', domain: 'billingrails' },
      metadata: { ...metadata, violations_omitted: '2' },
    });
    expect(response.headers.get('retry-after')).toBe('2');
    close();
    await Promise.all([front.close(), back.close()]);
  });

  test('when nobody is there is unavailable, and tells no addresses', async () => {
    const gone = await startTestServer();
    await gone.close();
    const { client, close } = createRpcClient(UsageService, { url: urlOf(gone), key: TEST_KEY });
    const front = await startTestServer({
      events: {
        ingestEvent: async () => {
          await client.queryUsage(query);
          return {};
        },
      },
    });
    const response = await front.post('EventService/IngestEvent', {});
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(text).toContain('DEPENDENCY_UNAVAILABLE');
    expect(text).not.toContain('127.0.0.1');
    expect(front.lines.at(-1)).toContain('127.0.0.1');
    close();
    await front.close();
  });
});
