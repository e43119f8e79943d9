import type { Command } from 'commander';
import { OrganisationService } from '@billingrails/contracts/billingrails/access/v1/organisation_service_pb';
import { callCommand, group } from '../define';
import { ALL_LIMITS } from './limits';

export function organisations(): Command {
  const { method } = OrganisationService;
  return group(
    'organisations',
    'Whose data lies on the platform, and how much they may send.',
    callCommand({
      name: 'show',
      summary: 'Shows the organisation of the key, with its limits.',
      method: method.getOrganisation,
      shows: 'organisation',
      examples: ['organisations show', 'organisations show --organisation org_01J… --json'],
    }),
    callCommand({
      name: 'list',
      summary: 'Lists the organisations of the platform. It takes a service key.',
      method: method.listOrganisations,
      shows: 'organisations',
      columns: [
        'id',
        'test_organisation_id',
        'name',
        'create_time',
        'CALLS/S=limits.calls_per_second',
        'BYTES/S=limits.bytes_per_second',
        'EVENTS/S=limits.events_per_second',
      ],
      examples: [
        'organisations list --organisation org_01J…',
        'organisations list --organisation org_01J… --csv',
      ],
    }),
    callCommand({
      name: 'limit',
      summary:
        'Says how much all keys of an organisation together may send a second, in each of its environments; what is left ' +
        'out is as the services have it for all. It takes a service key.',
      method: method.updateOrganisationLimits,
      ...ALL_LIMITS,
      shows: 'organisation',
      examples: [
        'organisations limit --organisation org_01J… --calls-per-second 200 --events-per-second 5000',
        'organisations limit --organisation org_01J…',
      ],
    }),
  );
}
