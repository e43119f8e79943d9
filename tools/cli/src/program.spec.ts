import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ListInvoicesRequestSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { ReRateRequestSchema } from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { methodOf } from './commands/platform/call';
import { START } from './commands/platform/dev';
import { propertiesFrom } from './commands/usage/properties';
import { EXIT, EXIT_MEANINGS } from './exit-codes';
import { makeProgram } from './program';
import { CallError, callErrorFrom } from './rpc/call-error';
import { describeProblem } from './rpc/problem';
import { overlaid, putField } from './rpc/request';
import { UnreachableError, type JsonObject } from './rpc/connection';

const now = new Date('2026-03-10T12:00:00Z');

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function nameOf(command: Command): string {
  return command.parent === null ? '' : `${nameOf(command.parent)} ${command.name()}`.trim();
}

const leaves = leavesOf(makeProgram('1.2.3'));

test('every command says what it does, and its help has examples of itself', () => {
  expect(leaves.length).toBeGreaterThan(50);
  for (const command of leaves) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toContain(`$ billingrails ${nameOf(command)}`);
    expect(command.description()).toMatch(/^[A-Z].*\.$/s);
  }
});

test("no example has a key, and every example's options are ones that its command takes", () => {
  for (const command of leaves) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    const examples = help.split('Examples:')[1] ?? '';
    expect(examples).not.toMatch(/br_\w/);
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    for (const [option] of examples.matchAll(/(?<= )--?[a-z][a-z-]*/g)) {
      expect(`${nameOf(command)} ${known.includes(option) ? option : 'lacks it'}`).toBe(
        `${nameOf(command)} ${option}`,
      );
    }
  }
});

test('exit codes have one meaning each, and each code has one', () => {
  const codes = EXIT_MEANINGS.map(([code]) => code);
  expect([...new Set(codes)]).toEqual(codes);
  expect([...codes].sort()).toEqual([...Object.values(EXIT)].sort());
});

test('options become fields as the contract wants them', () => {
  const request: JsonObject = {};
  putField(ReRateRequestSchema, request, 'scope.account_ids', ['a,b', 'c'], now);
  putField(ReRateRequestSchema, request, 'scope.start_time', '2026-01', now);
  expect(request).toEqual({
    scope: { account_ids: ['a', 'b', 'c'], start_time: '2026-01-01T00:00:00Z' },
  });
  const list: JsonObject = {};
  putField(ListInvoicesRequestSchema, list, 'overdue', true, now);
  putField(ListInvoicesRequestSchema, list, 'page_size', '7', now);
  putField(ListInvoicesRequestSchema, list, 'status', 'draft', now);
  expect(list).toEqual({ overdue: true, page_size: 7, status: 'draft' });
  expect(() => putField(ListInvoicesRequestSchema, {}, 'nothing', '', now)).toThrow('no field');
});

test('of two requests the later one wins, field by field', () => {
  expect(overlaid({ a: { b: 1, c: 2 }, d: [1] }, { a: { c: 3 }, d: [] })).toEqual({
    a: { b: 1, c: 3 },
    d: [],
  });
});

test.each(['__proto__', 'constructor'])('nothing is lost that is called %s', (name) => {
  const under = JSON.parse('{"a": {"b": 1}}') as JsonObject;
  const over = JSON.parse(`{"${name}": {"c": 2}, "a": {"${name}": 3}}`) as JsonObject;
  expect(JSON.stringify(overlaid(under, over))).toBe(`{"a":{"b":1,"${name}":3},"${name}":{"c":2}}`);
  expect(JSON.stringify(propertiesFrom([`${name}=4`]))).toBe(`{"${name}":4}`);
});

test('a method is found by the end of its name, in any case', () => {
  const full = '/billingrails.ingest.v1.EventService/IngestEvent';
  for (const name of [
    full,
    'EventService/IngestEvent',
    'eventservice.ingestevent',
    'IngestEvent',
  ]) {
    expect(methodOf(name).name).toBe('IngestEvent');
  }
  expect(() => methodOf('EventService/IngestEvnt')).toThrow('There is no method');
});

test('an error tells what is wrong by its path, what to do, where to read on, and ends with its own code', () => {
  const error = callErrorFrom(
    {
      code: 'invalid_argument',
      message: 'The request cannot be read.',
      details: [
        { type: 'google.rpc.ErrorInfo', debug: { reason: 'REQUEST_MALFORMED' } },
        {
          type: 'google.rpc.BadRequest',
          debug: {
            field_violations: [{ field: 'events[3].timestamp', description: 'is no time' }],
          },
        },
        { type: 'google.rpc.RetryInfo', debug: { retry_delay: '0.250s' } },
      ],
    },
    'unknown',
    'r1',
  );
  const { text, exitCode } = describeProblem(error);
  expect(text).toMatch(
    /^The request cannot be read\.\n {2}events\[3\]\.timestamp: is no time\nMend each path .*\nREQUEST_MALFORMED, https:.*#REQUEST_MALFORMED\. Request r1\.$/s,
  );
  expect(exitCode).toBe(EXIT.refused);
  expect(error.details.retryMs).toBe(250);
});

test.each([
  ['not_found', EXIT.notFound],
  ['unauthenticated', EXIT.denied],
  ['permission_denied', EXIT.denied],
  ['resource_exhausted', EXIT.unavailable],
  ['failed_precondition', EXIT.refused],
  ['internal', EXIT.fault],
])('%s ends with %i', (code, exitCode) => {
  expect(describeProblem(callErrorFrom({ code, message: 'm' }, '', '')).exitCode).toBe(exitCode);
});

test("a page of a proxy's is no answer, and nobody at an address says how to go on", () => {
  const proxy = callErrorFrom(undefined, 'unavailable', '');
  expect(proxy).toBeInstanceOf(CallError);
  expect(proxy.isPassing).toBe(true);
  const { text, exitCode } = describeProblem(new UnreachableError('http://x', 'ECONNREFUSED'));
  expect(text).toContain('billingrails dev');
  expect(exitCode).toBe(EXIT.unavailable);
});

test('dev runs what npm start runs', () => {
  const workspace = readFileSync(join(__dirname, '../../../package.json'), 'utf8');
  expect(JSON.parse(workspace)).toHaveProperty('scripts.start', `node ${START.join(' ')}`);
});
