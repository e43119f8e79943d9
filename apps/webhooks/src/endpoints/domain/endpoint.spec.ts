import { endpointViolations, rotated, signingSecrets, urlProblem } from './endpoint';
import { isWanted } from './event-filter';

const PUBLIC = { loopback: false };

test.each([
  ['https://example.com/hooks', undefined],
  ['https://example.com:8443/hooks?token=1', undefined],
  ['https://[2606:4700::1111]/', undefined],
  ['HTTPS://EXAMPLE.COM', undefined],
  ['', 'must be a URL'],
  ['example.com/hooks', 'must be a URL'],
  ['http://example.com/', 'must begin with https://'],
  ['ftp://example.com/', 'must begin with https://'],
  ['https://user@example.com/', 'must have no user'],
  ['https://:secret@example.com/', 'must have no user'],
  ['https://example.com/#part', 'must have no fragment'],
  ['https://127.0.0.1/', 'must not lead to'],
  ['https://2130706433/', 'must not lead to'],
  ['https://0x7f.1/', 'must not lead to'],
  ['https://[::ffff:10.0.0.1]/', 'must not lead to'],
])('the URL %j: %s', (url, problem) => {
  if (problem === undefined) expect(urlProblem(url, PUBLIC)).toBeUndefined();
  else expect(urlProblem(url, PUBLIC)).toContain(problem);
});

test('receivers on this machine are taken where that is allowed, and no others by http', () => {
  const here = { loopback: true };
  for (const url of ['http://127.0.0.1:8080/', 'http://localhost:8080/', 'https://[::1]/'])
    expect(urlProblem(url, here)).toBeUndefined();
  for (const url of ['http://example.com/', 'https://10.0.0.1/', 'http://[::ffff:127.0.0.1]/'])
    expect(urlProblem(url, here)).toBeDefined();
});

test.each([
  [[], 'invoice.paid', true],
  [['*'], 'invoice.paid', true],
  [['invoice.*'], 'invoice.paid', true],
  [['invoice.paid'], 'invoice.paid', true],
  [['invoice.pai'], 'invoice.paid', false],
  [['invoice'], 'invoice.paid', false],
  [['invoi.*'], 'invoice.paid', false],
  [['payment.*', 'credit_note.created'], 'invoice.paid', false],
])('who asks for %j gets %s: %s', (filters, type, expected) => {
  expect(isWanted(filters, type)).toBe(expected);
});

test('filters that no type fits are named by their place', () => {
  const draft = { url: 'https://example.com/', description: '', payload: 'full' } as const;
  const eventTypes = ['invoice.*', 'invoices.*', 'invoice.paid', 'INVOICE.PAID'];
  const violations = endpointViolations({ ...draft, eventTypes }, ['invoice.paid'], PUBLIC);
  expect(violations.map(({ field }) => field)).toEqual([
    'webhook_endpoint.event_types[1]',
    'webhook_endpoint.event_types[3]',
  ]);
});

test('after a rotation the secret before signs until the overlap is over, and never longer than it was to', () => {
  const made = (number: number, createMs: number) => ({ number, createMs, sealed: Buffer.of() });
  const numbersAt = (secrets: Parameters<typeof rotated>[0], nowMs: number) =>
    signingSecrets({ secrets }, nowMs).map(({ number }) => number);
  const twice = rotated([made(1, 0)], made(2, 10), 100);
  expect([10, 109, 110].map((nowMs) => numbersAt(twice, nowMs))).toEqual([[2, 1], [2, 1], [2]]);
  const thrice = rotated(twice, made(3, 50), 1_000);
  expect([50, 110, 1_049, 1_050].map((nowMs) => numbersAt(thrice, nowMs))).toEqual([
    [3, 2, 1],
    [3, 2],
    [3, 2],
    [3],
  ]);
  expect(numbersAt(rotated(thrice, made(4, 60), 0), 60)).toEqual([4]);
});
