import type { Command } from 'commander';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { collected, type CommonOptions, type Context } from '../../context';
import { CallError } from '../../rpc/call-error';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { callCommand, group } from '../define';
import { importEvents } from './import';
import { propertiesFrom } from './properties';
import { tail } from './tail';

export function events(): Command {
  return group(
    'events',
    'What your product reports.',
    send(),
    importEvents(),
    tail(),
    list(),
    callCommand({
      name: 'get',
      summary: 'Shows an event by its key, what became of it, and its history.',
      method: StoredEventService.method.getEvent,
      arguments: [['<key>', 'idempotency_key', 'its idempotency key']],
      examples: ['events get unique_event_id_12345'],
    }),
    callCommand({
      name: 'void',
      summary: 'Takes events back, whenever they were counted. At most 100.',
      method: EventService.method.voidEvents,
      arguments: [['<keys...>', 'idempotency_keys', 'their idempotency keys']],
      options: [
        ['--account <account>', 'account_id', 'whose they are'],
        ['--reason <text>', 'reason', 'why'],
      ],
      examples: [
        'events void unique_event_id_12345 --account acct_67890 --reason "Sent by a test"',
      ],
    }),
    amend(),
  );
}

interface EventOptions extends CommonOptions {
  readonly account?: string;
  readonly property?: readonly string[];
}

function send(): Command {
  const command: Command = callCommand({
    name: 'send',
    summary: 'Sends one event. It is on disk when this answers.',
    method: EventService.method.ingestEvent,
    arguments: [['[event-name]', 'event_name', 'such as "Song played"']],
    options: [
      ['--key <key>', 'idempotency_key', 'counts once for it; left out: one is made'],
      ['--time <time>', 'timestamp', 'when it happened; left out: now'],
    ],
    takesData: true,
    adjust: (request) => withProperties(request, command.opts<EventOptions>()),
    examples: [
      'events send "Song played" --account acct_67890 -p duration=240 -p artist="The Beatles" --key unique_event_id_12345',
      'events send --data @event.json',
    ],
  });
  return withEventOptions(command);
}

function withEventOptions(command: Command): Command {
  return command
    .option('--account <account>', 'whose it is: billingrails_account_id')
    .option('-p, --property <name=value>', 'or name:=JSON; may be repeated', collected);
}

function withProperties(request: JsonObject, { account, property }: EventOptions): JsonObject {
  const given = isObject(request['properties']) ? request['properties'] : {};
  return {
    ...request,
    properties: {
      ...given,
      ...propertiesFrom(property ?? []),
      ...(account === undefined ? {} : { billingrails_account_id: account }),
    },
  };
}

/** An amendment says the whole event; what is not given stays as it is stored. */
function amend(): Command {
  const command: Command = callCommand({
    name: 'amend',
    summary:
      'Gives an event other content. What is not given stays as it is stored; --data replaces it.',
    method: EventService.method.amendEvent,
    arguments: [['<key>', 'event.idempotency_key', 'its idempotency key']],
    options: [
      ['--event-name <name>', 'event.event_name', 'another name'],
      ['--time <time>', 'event.timestamp', 'another time'],
      ['--reason <text>', 'reason', 'why'],
    ],
    takesData: true,
    instead: async (context, request) => {
      const amended = await amendmentOf(context, request, command.opts<EventOptions>());
      const answer = await context.call(EventService.method.amendEvent, amended);
      context.show(answer, { message: EventService.method.amendEvent.output });
      return true;
    },
    examples: ['events amend unique_event_id_12345 -p duration=200 --reason "Measured wrongly"'],
  });
  return withEventOptions(command);
}

async function amendmentOf(
  context: Context,
  request: JsonObject,
  options: EventOptions,
): Promise<JsonObject> {
  const given = isObject(request['event']) ? request['event'] : {};
  const stored = await storedEvent(context, String(given['idempotency_key']));
  const { account_id, event_name, timestamp, properties } = stored ?? {};
  return {
    ...request,
    account_id: options.account ?? request['account_id'] ?? account_id ?? '',
    event: withProperties(
      {
        ...(event_name === undefined ? {} : { event_name }),
        ...(timestamp === undefined ? {} : { timestamp }),
        ...(properties === undefined ? {} : { properties }),
        ...given,
      },
      options,
    ),
  };
}

/** Undefined where it has not arrived yet: it may be amended before. */
async function storedEvent(context: Context, key: string): Promise<JsonObject | undefined> {
  try {
    const { getEvent } = StoredEventService.method;
    const { event } = await context.call(getEvent, { idempotency_key: key });
    return isObject(event) ? event : undefined;
  } catch (error) {
    if (error instanceof CallError && error.code === 'not_found') return undefined;
    throw error;
  }
}

function list(): Command {
  return callCommand({
    name: 'list',
    summary: "Lists an account's events, newest first, and what became of each.",
    method: StoredEventService.method.listEvents,
    options: [
      ['--account <account>', 'account_id', 'whose'],
      ['--event-name <name>', 'event_name', 'only these'],
      ['--from <time>', 'start_time', 'only those from then on'],
      ['--to <time>', 'end_time', 'only those before'],
      ['--state <state>', 'state', 'only these'],
    ],
    shows: 'events',
    columns: ['timestamp', 'event_name', 'idempotency_key', 'state', 'properties'],
    examples: [
      'events list --account acct_67890 --from -24h',
      'events list --account acct_67890 --state unusable --json',
    ],
  });
}
