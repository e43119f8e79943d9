import type { Command } from 'commander';
import type { DescMethod } from '@bufbuild/protobuf';
import { nearestOf } from '../../nearest';
import { CliError } from '../../exit-codes';
import { print } from '../../io';
import { tableText } from '../../output/render';
import { everyRpc } from '../../rpc/every-rpc';
import type { CommonOptions } from '../../context';
import { acting, dataFrom, leaf } from '../define';

/** Calls any method of the contracts, for what has no command of its own. */
export function call(): Command {
  const command = leaf(
    'call',
    'Calls any method of the contracts. The answer is printed as it comes; one that streams, a message a line.',
    [
      'call --list',
      'call --describe AlertService/CreateAlert',
      'call AccountService/GetAccount --data \'{"account_id": "acct_67890"}\'',
      'call PlanService/CreatePlan --data @plan.json',
      'call UsageService/WatchUsage --data @watch.json',
    ],
  )
    .argument('[method]', 'Service/Method, also with the package before it')
    .option('--data <json>', 'the request: JSON, @file, or - for stdin', '{}')
    .option('--list', 'lists all methods')
    .option('--describe', 'shows the fields of the request and of the answer');
  return acting<CommonOptions & { data: string; list?: boolean; describe?: boolean }>(
    command,
    async (context, { data, list, describe }, [name = '']) => {
      if (list) return print(tableText(undefined, listed()));
      const method = methodOf(name);
      if (describe) return print(described(method));
      const request = dataFrom(data);
      if (method.methodKind === 'unary') {
        const answer = await context.call(method, request);
        if (context.format === 'table') print(`${JSON.stringify(answer, null, 2)}\n`);
        else context.show(answer, { message: method.output });
        return;
      }
      // Some streams have no end, so none is given one.
      for await (const message of context.connection.stream(method, request, Infinity)) {
        print(JSON.stringify(message));
      }
    },
  );
}

function listed(): string[][] {
  return everyRpc().map(({ process, method }) => [
    `${method.parent.name}/${method.name}`,
    process,
    method.methodKind === 'unary' ? '' : 'streams',
  ]);
}

/** Finds a method by the end of its full name. Throws CliError that names those that are near. */
export function methodOf(name: string): DescMethod {
  const wanted = name.replace(/^\//, '').toLowerCase();
  const methods = everyRpc().map(({ method }) => method);
  const found = methods.filter((method) => namesOf(method).includes(wanted));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const near = nearestOf(
    wanted,
    methods.map((method) => `${method.parent.name}/${method.name}`),
  );
  throw new CliError(
    name === '' ? 'Which method?' : `There is no method "${name}".`,
    `${near.length > 0 ? `Near it: ${near.join(', ')}. ` : ''}All: billingrails call --list`,
  );
}

function namesOf({ name, parent }: DescMethod): string[] {
  return [
    `${parent.name}/${name}`,
    `${parent.name}.${name}`,
    `${parent.typeName}/${name}`,
    `${parent.typeName}.${name}`,
    name,
  ].map((each) => each.toLowerCase());
}

function described(method: DescMethod): string {
  return [method.input, method.output]
    .map((message) => {
      const rows = message.fields.map((field) => {
        const { fieldKind } = field;
        const one = field.message?.typeName ?? enumWords(field.enum) ?? scalarName(field);
        return [`  ${field.name}`, fieldKind === 'list' ? `list of ${one}` : one];
      });
      return `${message.name}\n${rows.length > 0 ? tableText(undefined, rows) : '  (no fields)\n'}`;
    })
    .join('\n');
}

function enumWords(description: DescMethod['input']['fields'][number]['enum']): string | undefined {
  return description?.values.map(({ localName }) => localName.toLowerCase()).join(' | ');
}

function scalarName(field: DescMethod['input']['fields'][number]): string {
  return field.scalar === undefined ? field.fieldKind : (SCALARS[field.scalar] ?? 'number');
}

/** By the numbers that descriptors have for them. */
const SCALARS: Readonly<Record<number, string>> = { 8: 'bool', 9: 'string', 12: 'bytes (base64)' };
