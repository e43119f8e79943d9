import type { Violation } from '@billingrails/errors';
import type { CustomField } from '../domain/invoice-terms';

/** Why custom fields cannot stand together; none: they can. */
export function customFieldViolations(fields: readonly CustomField[], path: string): Violation[] {
  const names = fields.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ field: `${path}[${index}].name`, description: 'must stand only once' }],
  );
}
