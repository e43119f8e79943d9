import { CHANGE_KINDS } from '@billingrails/bus';
import { withWritten } from './written-tables';

/** docs/webhooks-events.md with its table made anew from the list in the code. */
export function withChanges(page: string): string {
  const rows = Object.entries(CHANGE_KINDS).map(
    ([type, { objectType, meaning }]) =>
      `| <a id="${type}"></a>\`${type}\` | \`${objectType}\` | ${meaning} |`,
  );
  const table = ['| type | object | what has happened |', '|-|-|-|', ...rows];
  return withWritten(page, 'events', table.join('\n'));
}
