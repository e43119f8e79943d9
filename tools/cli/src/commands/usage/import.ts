import { createHash } from 'node:crypto';
import { Option, type Command } from 'commander';
import { SHAPE_NAMES, type ShapeName } from '@billingrails/event-shapes';
import { collected, type CommonOptions, type Context } from '../../context';
import { CliError, EXIT } from '../../exit-codes';
import { isWatched, print, say } from '../../io';
import { durationText, startProgress } from '../../output/progress';
import { renderObject } from '../../output/render';
import type { JsonObject } from '../../rpc/connection';
import { hashOfFile, openInput, type Input } from '../../import/input';
import { columnsMapped, eventMaker, rolesIn, type Mapping } from '../../import/mapping';
import { recordsIn, type ReadOptions, type RecordRead } from '../../import/records';
import { RefusedFile } from '../../import/refused-file';
import { runImport } from '../../import/run-import';
import { Sender, type RefusedLine } from '../../import/sender';
import {
  assertStateWritable,
  readState,
  removeState,
  stateFileOf,
  writeState,
  type ImportState,
} from '../../import/state';
import { instantFrom } from '../../import/values';
import { readTime } from '../../time';
import { acting, leaf } from '../define';

interface ImportFlags extends CommonOptions {
  readonly eventName?: string;
  readonly account?: string;
  readonly time?: string;
  readonly map?: readonly string[];
  readonly omit?: readonly string[];
  readonly keyPrefix?: string;
  readonly shape?: ShapeName;
  readonly format?: 'csv' | 'ndjson';
  readonly delimiter?: string;
  readonly state?: string;
  readonly refused?: string;
  readonly dryRun?: boolean;
}

/** Imports files of events, resumable. */
export function importEvents(): Command {
  const command = leaf(
    'import',
    'Imports events from CSV with a head, or from JSON a line each; packed with gzip or not; from files, or from stdin with "-". ' +
      'Columns that are not mapped become properties. Where a record has no key, it is made of the content of the file and the ' +
      'number of the line: an import that was interrupted goes on, and one that is run again counts nothing twice. Refused lines ' +
      `are told with why, all others are counted; it ends with ${EXIT.linesRefused} then.`,
    [
      'events import usage.csv --event-name "Song played" --map account=customer_id --map time=played_at',
      'events import events.ndjson.gz',
      'events import llm-code.csv --event-name llm_request --account acct_67890 --map prompt_tokens=ContextTokens --map generated_tokens=GeneratedTokens',
      'events import usage.csv --dry-run',
      'events import stripe-meter-events.ndjson --shape stripe',
      'events import - --event-name "Song played" --refused refused.ndjson < usage.ndjson',
    ],
  )
    .argument('<files...>', 'files, or - for stdin')
    .option('--event-name <name>', "of records that name none; left out: the file's name")
    .option('--account <account>', "of records that name none; left out: the file's name")
    .option('--time <time>', 'of records that have none; left out: now')
    .option(
      '--map <what=column>',
      'which column is the event_name, account, time, key, properties (JSON), or a property of another name; may be repeated',
      collected,
    )
    .option('--omit <column>', 'leaves a column out; may be repeated', collected)
    .addOption(
      new Option('--shape <product>', "another product's events, as its senders have them").choices(
        SHAPE_NAMES,
      ),
    )
    .option('--key-prefix <text>', 'makes keys of this and the number of the line')
    .addOption(new Option('--format <format>', 'left out: as it begins').choices(['csv', 'ndjson']))
    .option('--delimiter <character>', 'of CSV; left out: as the head is parted')
    .option('--state <file>', 'where it keeps how far it got; left out: beside the file')
    .option('--refused <file>', 'writes refused lines there as JSON, in place of stderr')
    .option(
      '--dry-run',
      'shows the first events, checks every line that it can, and sends nothing',
    );
  return acting<ImportFlags>(command, async (context, options, files) => {
    if (options.state !== undefined && files.length > 1) {
      throw new CliError('--state is of one file.', 'Import them one by one, or leave it out.');
    }
    // What cannot be read or written is found out before the first event is sent.
    const prepared: Prepared[] = [];
    for (const input of files.map(openInput)) prepared.push(await prepare(context, options, input));
    const refuse = refusalWriter(options, prepared);
    const results: JsonObject[] = [];
    for (const each of prepared) {
      const run = options.dryRun ? dryRun(each, refuse) : send(context, options, each, refuse);
      results.push(await run);
    }
    if (results.some(({ refused }) => refused !== 0)) process.exitCode = EXIT.linesRefused;
    if (context.format === 'table') return;
    if (results.length === 1 && results[0]) context.show(results[0]);
    else context.showList(results);
  });
}

/** An input with all that is settled before it is sent. */
interface Prepared {
  readonly input: Input;
  readonly reading: ReadOptions;
  readonly mapping: Mapping;
  /** Undefined for stdin. */
  readonly hash: string | undefined;
  /** Undefined for stdin, which cannot be gone back in. */
  readonly stateFile: string | undefined;
  readonly state: ImportState;
}

async function prepare(context: Context, options: ImportFlags, input: Input): Promise<Prepared> {
  const reading: ReadOptions = {
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
  };
  const hash = input.file === undefined ? undefined : await hashOfFile(input.file);
  const kept = keptState(context, options, input, hash);
  if (kept.stateFile !== undefined && !options.dryRun) assertStateWritable(kept.stateFile);
  const mapping = mappingFrom(options, input, kept.state.startTime, context.now);
  return { input, reading, mapping, hash, ...kept };
}

function mappingFrom(options: ImportFlags, input: Input, startTime: string, now: Date): Mapping {
  const { time } = options;
  return {
    eventName: options.eventName ?? input.stem,
    account: options.account ?? input.stem,
    time: time === undefined ? startTime : (instantFrom(time) ?? readTime(time, now)),
    columns: columnsMapped(options.map ?? []),
    omitted: new Set(options.omit ?? []),
    ...(options.shape === undefined ? {} : { shape: options.shape }),
  };
}

function keptState(
  { now }: Context,
  options: ImportFlags,
  { file }: Input,
  hash: string | undefined,
): Pick<Prepared, 'stateFile' | 'state'> {
  const { eventName, account, map, omit, shape, keyPrefix, format, delimiter, time } = options;
  const how = [hash, eventName, account, map, omit, shape, keyPrefix, format, delimiter, time];
  const fingerprint = createHash('sha256').update(JSON.stringify(how)).digest('hex');
  const stateFile =
    file === undefined || hash === undefined
      ? undefined
      : (options.state ?? stateFileOf(file, hash, process.env));
  const fresh = { fingerprint, records: 0, acknowledged: 0, refused: 0 };
  const before = stateFile === undefined ? undefined : readState(stateFile, fingerprint);
  return { stateFile, state: before ?? { ...fresh, startTime: now.toISOString() } };
}

async function send(
  context: Context,
  options: ImportFlags,
  { input, reading, mapping, hash, stateFile, state }: Prepared,
  refuse: Refuse,
): Promise<JsonObject> {
  const clock = (): number => performance.now();
  const startMs = clock();
  if (state.records > 0) say(`${input.name}: goes on after ${counted(state.records, 'record')}.`);
  const progress = startProgress(
    { what: input.name, total: input.byteCount, things: 'events' },
    clock,
  );
  const interrupt = interruptible();
  try {
    const last = await runImport({
      ...{ input, reading, mapping, state, clock },
      keyPrefix:
        options.keyPrefix ?? (hash === undefined ? undefined : `import-${hash.slice(0, 24)}`),
      sender: new Sender(context.connection, clock, (error) =>
        say(`${error.message} Waiting for it; Ctrl-C stops, and the same command goes on later.`),
      ),
      signal: interrupt.signal,
      onRefused: (refused) => refuse(input.name, refused),
      onState: (now) => {
        if (stateFile !== undefined) writeState(stateFile, now);
        progress.tell(now.acknowledged - state.acknowledged, input.bytesRead());
      },
    });
    progress.stop();
    if (interrupt.signal.aborted) return stopped(input, last);
    if (stateFile !== undefined) removeState(stateFile);
    return finished(input, state, last, (clock() - startMs) / 1_000);
  } finally {
    progress.stop();
    interrupt.release();
  }
}

function finished(
  { name }: Input,
  before: ImportState,
  { acknowledged, refused }: ImportState,
  seconds: number,
): JsonObject {
  const sent = acknowledged - before.acknowledged;
  const rate = Math.round(sent / Math.max(seconds, 0.001));
  const earlier =
    before.records > 0
      ? `, ${before.acknowledged.toLocaleString('en-US')} of them in an earlier run`
      : '';
  say(
    `${name}: ${counted(acknowledged, 'event')} acknowledged${earlier}; ${counted(refused, 'line')} refused. ` +
      `${durationText(seconds)}, ${rate.toLocaleString('en-US')}/s.`,
  );
  return { file: name, acknowledged, refused, resumed: before.records, seconds, rate };
}

function stopped({ name, file }: Input, { acknowledged, refused }: ImportState): JsonObject {
  process.exitCode = EXIT.interrupted;
  const more = file === undefined ? '' : ' The same command goes on from here.';
  say(`${name}: stopped after ${counted(acknowledged, 'event')}.${more}`);
  return { file: name, acknowledged, refused, stopped: true };
}

/** The first Ctrl-C lets what is on its way arrive; the second ends at once. */
function interruptible(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    say('Stopping once what is on its way has arrived…');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => process.off('SIGINT', stop).off('SIGTERM', stop),
  };
}

type Refuse = (name: string, refused: RefusedLine) => void;

function refusalWriter(options: ImportFlags, prepared: readonly Prepared[]): Refuse {
  if (options.refused === undefined) return sayRefused;
  const goingOn = prepared.filter(({ state }) => state.records > 0 && !options.dryRun);
  const file = new RefusedFile(options.refused, new Set(goingOn.map(({ input }) => input.name)));
  return (name, refused) => file.add(name, refused);
}

function sayRefused(name: string, { line, field, problem }: RefusedLine): void {
  const clear = isWatched() ? '\r\u001b[K' : '';
  say(`${clear}${name}:${line}: ${field === '' ? '' : `${field}: `}${problem}`);
}

const SHOWN = 3;

/** Makes events without sending them. */
async function dryRun({ input, reading, mapping }: Prepared, refuse: Refuse): Promise<JsonObject> {
  const eventOf = eventMaker(mapping);
  let [events, refused] = [0, 0];
  const look = ({ line, record, problem }: RecordRead): void => {
    const made = record
      ? eventOf(record, () => `(of line ${line})`)
      : { field: '', problem: problem ?? '' };
    if ('problem' in made) {
      refused += 1;
      refuse(input.name, { line, ...made });
      return;
    }
    if (events === 0 && record)
      say(`Columns: ${JSON.stringify(rolesIn(Object.keys(record), mapping.columns))}`);
    events += 1;
    if (events <= SHOWN) print(renderObject({ ...made }, 'json', {}));
  };
  for await (const records of recordsIn(input.chunks(), reading)) records.forEach(look);
  say(
    `${input.name}: ${counted(events, 'event')}, ${counted(refused, 'line')} refused. Nothing was sent.`,
  );
  return { file: input.name, events, refused };
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}
