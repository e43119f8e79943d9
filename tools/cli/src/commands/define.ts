import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import type { DescMessage, DescMethod } from '@bufbuild/protobuf';
import { addCommonOptions, collected, withContext, type CommonOptions } from '../context';
import { CliError } from '../exit-codes';
import { contentOf, say } from '../io';
import type { Context } from '../context';
import { columnsFrom } from '../output/cells';
import type { JsonObject } from '../rpc/connection';
import { isObject, overlaid, putField, readJson } from '../rpc/request';

/** What fills a field of a request: its flags or its name as an argument, the field's path, and what it is. */
export type FieldOption = readonly [flags: string, path: string, help: string];

/** A command that is one call. */
export interface CallCommand {
  readonly name: string;
  readonly summary: string;
  readonly method: DescMethod;
  /** Such as ['<invoice>', 'invoice_id', 'inv_…']. */
  readonly arguments?: readonly FieldOption[];
  readonly options?: readonly FieldOption[];
  /** The field of the answer that is shown: a list is gone through page by page. Left out: the whole answer. */
  readonly shows?: string;
  /** Of a list. */
  readonly columns?: readonly string[];
  /** What the request has in any case. */
  readonly fixed?: JsonObject;
  /** Whether the request may be given as JSON, for what has no option. */
  readonly takesData?: boolean;
  /** What becomes of the request, by options that are no fields. */
  readonly adjust?: (request: JsonObject) => JsonObject;
  /** What is done in place of the call, where it answers true. */
  readonly instead?: (context: Context, request: JsonObject) => Promise<boolean>;
  /** A line each, without "billingrails". */
  readonly examples: readonly string[];
}

/** A group of commands: `billingrails invoices`. */
export function group(name: string, summary: string, ...commands: readonly Command[]): Command {
  const made = new Command(name).description(summary);
  for (const command of commands) made.addCommand(command);
  return made;
}

/** A command with its examples. */
export function leaf(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ billingrails ${example}`);
  return new Command(name)
    .description(summary)
    .summary(/^.*?[.:](?=\s|$)/s.exec(summary)?.[0].replace(/:$/, '.') ?? summary)
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Gives a command the options that say where it calls and how it shows, and an action with a context of them. */
export function acting<Options extends CommonOptions>(
  command: Command,
  run: (context: Context, options: Options, words: string[]) => Promise<void>,
): Command {
  return addCommonOptions(command).action(async () => {
    const options = command.opts<Options>();
    await withContext(options, (context) => run(context, options, wordsOf(command)));
  });
}

/** The arguments, where one that was left out is empty. */
export function wordsOf(command: Command): string[] {
  return command.processedArgs.flatMap((word: unknown) =>
    Array.isArray(word) ? (word as string[]) : [word === undefined ? '' : String(word)],
  );
}

interface CallOptions extends CommonOptions {
  readonly data?: string;
  readonly requestId?: string;
  readonly limit?: string;
  readonly all?: boolean;
}

/** Makes a command that is one call of a contract's method. */
export function callCommand(spec: CallCommand): Command {
  const { method } = spec;
  assertPaths(spec);
  const command = leaf(spec.name, spec.summary, spec.examples);
  for (const [name, , help] of spec.arguments ?? []) command.argument(name, help);
  const fields = (spec.options ?? []).map(
    (each) => [optionOf(each, method.input), each[1]] as const,
  );
  for (const [option] of fields) command.addOption(option);
  if (spec.takesData) {
    command.option('--data <json>', 'more of the request: JSON, @file, or - for stdin');
  }
  const isList = listFieldOf(spec) !== undefined && hasField(method.input, 'page_token');
  if (isList) {
    command.option('--limit <count>', 'at most so many', '100').option('--all', 'without a limit');
  }
  if (hasField(method.input, 'request_id')) {
    command.option('--request-id <id>', 'repeats an earlier request that had this id');
  }
  return acting<CallOptions>(command, async (context, options, words) => {
    const read = requestOf(spec, context, options, words, fields);
    const request = spec.adjust?.(read) ?? read;
    if (await spec.instead?.(context, request)) return;
    if (isList) await showPages(spec, context, request, options);
    else await showAnswer(spec, context, request);
  });
}

/** A column or an argument that the contract does not have is a fault of this program. */
function assertPaths(spec: CallCommand): void {
  const message = listFieldOf(spec);
  for (const { path } of message ? columnsFrom(spec.columns ?? []) : []) assertPath(message, path);
  for (const [, path] of spec.arguments ?? []) assertPath(spec.method.input, path);
}

function assertPath(message: DescMessage | undefined, path: string): void {
  let within = message;
  for (const name of path.split('.')) {
    const field = fieldOf(within, name);
    if (field === undefined) throw new Error(`${message?.typeName} has no field ${path}.`);
    within = field.message;
  }
}

function requestOf(
  spec: CallCommand,
  { now }: Context,
  options: CallOptions,
  words: readonly string[],
  fields: readonly (readonly [Option, string])[],
): JsonObject {
  const request: JsonObject = {};
  for (const [index, [, path]] of (spec.arguments ?? []).entries()) {
    const word = words[index];
    if (word) putField(spec.method.input, request, path, word, now);
  }
  for (const [option, path] of fields) {
    const value = (options as Record<string, unknown>)[option.attributeName()];
    if (value !== undefined) putField(spec.method.input, request, path, value, now);
  }
  if (hasField(spec.method.input, 'request_id')) {
    // One for all tries of this call, so that what was done without an answer is not done twice.
    request['request_id'] = options.requestId ?? randomUUID();
  }
  const given = options.data === undefined ? {} : dataFrom(options.data);
  return overlaid(overlaid(spec.fixed ?? {}, given), request);
}

/** A request that was given as JSON. */
export function dataFrom(given: string): JsonObject {
  const read = readJson(contentOf(given), '--data');
  if (isObject(read)) return read;
  throw new CliError('--data is no JSON object.', 'Write such as --data \'{"name": "Plays"}\'.');
}

async function showPages(
  spec: CallCommand,
  context: Context,
  request: JsonObject,
  options: CallOptions,
): Promise<void> {
  const limit = options.all ? Infinity : limitFrom(options.limit ?? '');
  const rows = await context.list(spec.method, request, spec.shows ?? '', limit);
  const message = listFieldOf(spec);
  context.showList(rows, { message, ...(spec.columns ? { columns: spec.columns } : {}) });
  if (rows.length === limit) say(`The first ${limit}; --limit or --all shows more.`);
}

async function showAnswer(spec: CallCommand, context: Context, request: JsonObject): Promise<void> {
  const answer = await context.call(spec.method, request);
  const shown = spec.shows === undefined ? undefined : answer[spec.shows];
  const output = spec.method.output;
  const view = spec.columns ? { columns: spec.columns } : {};
  if (Array.isArray(shown)) {
    context.showList(shown as JsonObject[], { message: listFieldOf(spec), ...view });
  } else if (isObject(shown)) {
    context.show(shown, { message: fieldOf(output, spec.shows ?? '')?.message });
  } else if (Object.keys(answer).length > 0) {
    context.show(answer, { message: output });
  } else {
    say('Done.');
  }
}

/** Reads --limit. */
export function limitFrom(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CliError(`"${text}" is no number of things.`, 'Write such as --limit 100, or --all.');
}

function optionOf([flags, path, help]: FieldOption, message: DescMessage): Option {
  const option = new Option(flags, help);
  const names = path.split('.');
  let within: DescMessage | undefined = message;
  for (const [index, name] of names.entries()) {
    const field = fieldOf(within, name);
    if (field === undefined) throw new Error(`${message.typeName} has no field ${path}.`);
    within = field.message;
    if (index < names.length - 1) continue;
    if (field.fieldKind === 'list') option.argParser(collected);
    if (field.enum) {
      const words = field.enum.values.slice(1).map(({ localName }) => localName.toLowerCase());
      option.description = `${help}: ${words.join(', ')}`;
    }
  }
  return option;
}

function fieldOf(message: DescMessage | undefined, name: string) {
  return message?.fields.find((field) => field.name === name);
}

function hasField(message: DescMessage, name: string): boolean {
  return fieldOf(message, name) !== undefined;
}

/** The message of the things that a list shows; undefined where the answer is none. */
function listFieldOf({ method, shows }: CallCommand): DescMessage | undefined {
  const field = fieldOf(method.output, shows ?? '');
  return field?.fieldKind === 'list' && field.listKind === 'message' ? field.message : undefined;
}
