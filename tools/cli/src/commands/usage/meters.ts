import type { Command } from 'commander';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import type { CommonOptions } from '../../context';
import type { JsonObject } from '../../rpc/connection';
import { collected } from '../../context';
import { CliError } from '../../exit-codes';
import { callCommand, group, type FieldOption } from '../define';

const METER: FieldOption = ['<meter>', 'meter_id', 'mtr_…'];

export function meters(): Command {
  const { method } = MeterService;
  return group(
    'meters',
    'What turns events into quantities.',
    callCommand({
      name: 'list',
      summary: 'Lists meters, oldest first.',
      method: method.listMeters,
      options: [
        ['--event-name <name>', 'event_name', 'only those of these events'],
        ['--archived', 'include_archived', 'archived ones, too'],
      ],
      shows: 'meters',
      columns: ['id', 'name', 'event_name', 'status', 'default_profile', 'profiles'],
      examples: ['meters list', 'meters list --output yaml'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one meter with its profiles.',
      method: method.getMeter,
      arguments: [METER],
      shows: 'meter',
      examples: ['meters show mtr_01J…'],
    }),
    create(),
    callCommand({
      name: 'archive',
      summary: 'Hides a meter; it goes on counting for what it is attached to.',
      method: method.updateMeter,
      arguments: [METER],
      fixed: { status: 'archived' },
      shows: 'meter',
      examples: ['meters archive mtr_01J…'],
    }),
    callCommand({
      name: 'restore',
      summary: 'Brings an archived meter back.',
      method: method.updateMeter,
      arguments: [METER],
      fixed: { status: 'active' },
      shows: 'meter',
      examples: ['meters restore mtr_01J…'],
    }),
  );
}

function create(): Command {
  const { createMeter } = MeterService.method;
  const command: Command = callCommand({
    name: 'create',
    summary:
      'Creates a meter. Events from before it are counted, too. Profiles are given as --count or --sum, each with a code, or ' +
      'as JSON with all that they can be.',
    method: createMeter,
    options: [
      ['--name <name>', 'name', 'for people'],
      ['--event-name <name>', 'event_name', 'the events that it looks at'],
    ],
    shows: 'meter',
    takesData: true,
    adjust: (request) => {
      const profiles = profilesFrom(command.opts<ProfileOptions>());
      return profiles.length === 0 ? request : { ...request, profiles };
    },
    examples: [
      'meters create --name Plays --event-name "Song played" --count plays --sum seconds=duration',
      'meters create --data @meter.json',
    ],
  });
  return command
    .option('--count <code>', 'counts events; may be repeated', collected)
    .option('--sum <code=property>', 'sums a property; may be repeated', collected)
    .option('--max <code=property>', 'the greatest value of a property; may be repeated', collected)
    .option('--unique <code=property>', 'counts distinct values; may be repeated', collected);
}

interface ProfileOptions extends CommonOptions {
  readonly count?: readonly string[];
  readonly sum?: readonly string[];
  readonly max?: readonly string[];
  readonly unique?: readonly string[];
}

function profilesFrom({
  count = [],
  sum = [],
  max = [],
  unique = [],
}: ProfileOptions): JsonObject[] {
  const of = (method: string, pairs: readonly string[]) =>
    pairs.map((pair) => {
      const [, code = '', property = ''] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
      if (code !== '') {
        return { code, name: code, aggregation_method: method, aggregation_property: property };
      }
      throw new CliError(`"${pair}" names no property.`, 'Write such as --sum seconds=duration.');
    });
  return [
    ...count.map((code) => ({ code, name: code, aggregation_method: 'count' })),
    ...of('sum', sum),
    ...of('max', max),
    ...of('count_unique', unique),
  ];
}
