import { EXIT } from '../../exit-codes';
import type { JsonObject } from '../../rpc/connection';
import { FakePlatform } from '../../testing/fake-platform';

const ORGANISATION = 'org_01jd8x6g3n4q9r2t5v7w8y0z1b';
const LIMITS = { calls_per_second: '200', events_per_second: '5000' };
const SAID = ['--calls-per-second', '200', '--events-per-second', '5000'];
const organisation = { id: ORGANISATION, name: 'Acme', limits: LIMITS };

let platform: FakePlatform;
/** Which method was called for which organisation, with what. */
let asked: (readonly [string, string | undefined, JsonObject])[];

beforeEach(async () => {
  asked = [];
  platform = new FakePlatform((method, { request_id: _, ...request }, response) => {
    const named = response.req.headers['billingrails-organisation'];
    asked.push([method, named as string | undefined, request]);
    response.setHeader('content-type', 'application/json');
    const answers: Readonly<Record<string, JsonObject>> = {
      'OrganisationService/ListOrganisations': { organisations: [organisation] },
      'ApiKeyService/UpdateApiKey': { api_key: { id: 'key_1', limits: LIMITS } },
    };
    response.end(JSON.stringify(answers[method] ?? { organisation }));
  });
  await platform.start();
});

afterEach(() => platform.stop());

test('the limits of an organisation and of a key are set as a whole: what is left out has none', async () => {
  const named = ['--organisation', ORGANISATION];
  const method = 'OrganisationService/UpdateOrganisationLimits';
  expect(await platform.run('organisations', 'limit', ...named, ...SAID)).toBe(EXIT.ok);
  expect(await platform.run('organisations', 'limit', ...named)).toBe(EXIT.ok);
  expect(await platform.run('keys', 'limit', 'key_1', ...SAID, '--json')).toBe(EXIT.ok);
  expect(asked).toEqual([
    [method, ORGANISATION, { limits: LIMITS }],
    [method, ORGANISATION, { limits: {} }],
    ['ApiKeyService/UpdateApiKey', undefined, { api_key_id: 'key_1', limits: LIMITS }],
  ]);
});

test.each([
  ['table', /CALLS\/S .*EVENTS\/S\n.*Acme +200 +5000/],
  ['csv', /^id,.*limits\.calls_per_second,.*\norg_.*,Acme,,200,,5000\n$/],
  ['json', /"events_per_second": "5000"/],
  ['yaml', /events_per_second: "5000"/],
])('organisations are listed with their limits as %s', async (format, expected) => {
  const words = ['--organisation', ORGANISATION, '--output', format];
  expect(await platform.run('organisations', 'list', ...words)).toBe(EXIT.ok);
  expect(platform.printed).toMatch(expected);
});

test('which organisation a service key acts for is an option, else of the environment, else of the profile', async () => {
  const show = (...words: string[]) => platform.run('organisations', 'show', ...words);
  expect(await show()).toBe(EXIT.ok);
  expect(await platform.run('login', '--organisation', ORGANISATION)).toBe(EXIT.ok);
  delete process.env['BILLINGRAILS_KEY'];
  expect(await show()).toBe(EXIT.ok);
  process.env['BILLINGRAILS_ORGANISATION'] = 'org_env';
  expect(await show()).toBe(EXIT.ok);
  expect(await show('--organisation', 'org_option')).toBe(EXIT.ok);
  // The organisation of a profile goes with its key only.
  process.env['BILLINGRAILS_ORGANISATION'] = '';
  process.env['BILLINGRAILS_KEY'] = 'another';
  expect(await show()).toBe(EXIT.ok);
  const calls = asked.filter(([method]) => method === 'OrganisationService/GetOrganisation');
  expect(calls.map(([, named]) => named)).toEqual([
    ...[undefined, ORGANISATION, 'org_env', 'org_option', undefined],
  ]);
  expect(await show('--organisation', 'Acme Inc.')).toBe(EXIT.usage);
});
