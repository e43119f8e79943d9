import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DescMethod } from '@bufbuild/protobuf';
import { print } from './io';
import { FORMATS, renderList, renderObject, type Format, type View } from './output/render';
import { Connection, type Json, type JsonObject } from './rpc/connection';
import { isObject } from './rpc/request';
import { profilesFile, readProfiles } from './settings/profiles';
import { targetFrom, type TargetOptions } from './settings/target';

/** What every command that calls the platform takes. */
export interface CommonOptions extends TargetOptions {
  readonly output?: Format;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const COMMON = 'Where, and how it is shown:';

/** Adds the options that say where calls go and how answers are shown. */
export function addCommonOptions(command: Command): Command {
  const options = [
    new Option('-o, --output <format>', 'how to show it').choices(FORMATS),
    new Option('--json', 'the same as --output json'),
    new Option('--csv', 'the same as --output csv'),
    ...targetOptions(),
  ];
  for (const option of options) command.addOption(option.helpGroup(COMMON));
  return command;
}

/** Adds the options that say where calls go. */
export function addTargetOptions(command: Command): Command {
  for (const option of targetOptions()) command.addOption(option.helpGroup(COMMON));
  return command;
}

function targetOptions(): Option[] {
  return [
    new Option('--profile <name>', 'of `billingrails login` (BILLINGRAILS_PROFILE)'),
    new Option('--url <url>', 'the platform (BILLINGRAILS_URL)'),
    new Option(
      '--service-url <service=url>',
      'a service by itself, such as ingest=http://127.0.0.1:7001; may be repeated (BILLINGRAILS_SERVICE_URLS, with commas)',
    ).argParser(collected),
    new Option(
      '--organisation <id>',
      'org_…, which a service key acts for (BILLINGRAILS_ORGANISATION)',
    ),
    new Option('--timeout <seconds>', 'how long a call may take').argParser(secondsFrom),
  ];
}

/** Gathers an option that may be repeated. */
export function collected(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function secondsFrom(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,4}$/.test(text) || seconds === 0) {
    throw new InvalidArgumentError('It is no whole number of seconds from 1 to 9999.');
  }
  return seconds;
}

/** Connects a command, and shows what it found. */
export class Context {
  readonly connection: Connection;
  readonly format: Format;
  readonly now = new Date();

  constructor(options: CommonOptions) {
    this.connection = new Connection(
      targetFrom(options, process.env, readProfiles(profilesFile(process.env))),
    );
    this.format = options.json ? 'json' : options.csv ? 'csv' : (options.output ?? 'table');
  }

  call(method: DescMethod, request: object): Promise<JsonObject> {
    return this.connection.call(method, request);
  }

  /** The things of all pages, until there are enough of them. */
  async list(
    method: DescMethod,
    request: JsonObject,
    rows: string,
    limit = Infinity,
  ): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    let token = '';
    do {
      const page_size = Math.min(PAGE_SIZE_MAX, limit - found.length);
      const page = await this.call(method, { page_size, ...request, page_token: token });
      found.push(...objectsIn(page[rows]));
      token = String(page['next_page_token'] ?? '');
    } while (token !== '' && found.length < limit);
    return found.slice(0, limit);
  }

  show(value: JsonObject, view: View = {}): void {
    print(renderObject(value, this.format, view));
  }

  showList(rows: readonly JsonObject[], view: View = {}): void {
    print(renderList(rows, this.format, view));
  }
}

const PAGE_SIZE_MAX = 1_000;

export function objectsIn(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter((each) => isObject(each)) : [];
}

/** Runs with a context, whose connections end with it. */
export async function withContext<T>(
  options: CommonOptions,
  run: (context: Context) => Promise<T>,
): Promise<T> {
  const context = new Context(options);
  try {
    return await run(context);
  } finally {
    context.connection.close();
  }
}
