import type { Command } from 'commander';
import { ApiKeyService } from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import { callCommand, group, type FieldOption } from '../define';
import { ALL_LIMITS, LIMITS } from './limits';

const KEY: FieldOption = ['<key>', 'api_key_id', 'key_…, never the secret'];

export function keys(): Command {
  const { method } = ApiKeyService;
  return group(
    'keys',
    'Who may call, and what.',
    callCommand({
      name: 'list',
      summary: 'Lists keys, without their secrets.',
      method: method.listApiKeys,
      options: [
        ['--environment <environment>', 'environment', 'only those of'],
        ['--revoked', 'include_revoked', 'revoked ones, too'],
      ],
      shows: 'api_keys',
      columns: [
        'id',
        'name',
        'environment',
        'scopes',
        'create_time',
        'expire_time',
        'last_used_time',
      ],
      examples: ['keys list', 'keys list --revoked --json'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one key.',
      method: method.getApiKey,
      arguments: [KEY],
      shows: 'api_key',
      examples: ['keys show key_01J…'],
    }),
    callCommand({
      name: 'create',
      summary: 'Makes a key and shows its secret, which is not shown again.',
      method: method.createApiKey,
      arguments: [['<name>', 'name', 'for people']],
      options: [
        ['--scope <scope>', 'scopes', 'what it may do; may be repeated'],
        ['--environment <environment>', 'environment', 'of which'],
        ['--expires <time>', 'expire_time', 'left out: never'],
        ...LIMITS,
      ],
      examples: [
        'keys create "Song service" --scope ingest',
        'keys create Finance --scope read --json',
      ],
    }),
    callCommand({
      name: 'limit',
      summary: 'Says how much a key may send a second; what is left out is not limited.',
      method: method.updateApiKey,
      arguments: [KEY],
      ...ALL_LIMITS,
      shows: 'api_key',
      examples: ['keys limit key_01J… --events-per-second 500', 'keys limit key_01J…'],
    }),
    callCommand({
      name: 'rotate',
      summary:
        'Makes a new secret of a key and shows it; the one before goes on working for a while.',
      method: method.rotateApiKey,
      arguments: [KEY],
      options: [
        ['--overlap-hours <hours>', 'overlap_hours', 'how long the old one works; 0: no more'],
      ],
      examples: ['keys rotate key_01J… --overlap-hours 48'],
    }),
    callCommand({
      name: 'revoke',
      summary: 'Revokes a key: it stops working within seconds.',
      method: method.revokeApiKey,
      arguments: [KEY],
      shows: 'api_key',
      examples: ['keys revoke key_01J…'],
    }),
  );
}
