import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { listed, shown } from './kinds';
import { nearestName } from './nearest';

const fieldsByMessage = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** A message's fields by the keys that JSON may give them: the contract's name, and the same in camel case. */
export function fieldsOf(desc: DescMessage): ReadonlyMap<string, DescField> {
  const known = fieldsByMessage.get(desc);
  if (known !== undefined) return known;
  const fields = new Map(
    desc.fields.flatMap((field) => [
      [field.name, field] as const,
      [field.jsonName, field] as const,
    ]),
  );
  fieldsByMessage.set(desc, fields);
  return fields;
}

/** What to say of a key that the message does not have: what was probably meant, or else what there is. */
export function unknownKey(desc: DescMessage, key: string): string {
  const names = desc.fields.map(({ name }) => name);
  const nearest = childThatHas(desc, key) ?? nearestName(key, names);
  if (nearest !== undefined) return `is no field here; did you mean ${shown(nearest)}?`;
  if (names.length === 0) return 'is no field here: there are none';
  const alone = desc.members.flatMap((member) =>
    member.kind === 'field' ? [member.name] : [`one of (${memberNames(member).join(', ')})`],
  );
  return `is no field here; there are ${alone.join(', ')}`;
}

/** The field one level down that has exactly this name, such as `price.flat`. */
function childThatHas(desc: DescMessage, key: string): string | undefined {
  const parent = desc.fields.find(
    ({ fieldKind, message }) =>
      fieldKind === 'message' && message.fields.some(({ name }) => name === key),
  );
  return parent && `${parent.name}.${key}`;
}

/** What to say of the second member of a oneof. */
export function twiceInOneof(field: DescField, first: DescField): string {
  const names = field.oneof === undefined ? [] : memberNames(field.oneof);
  return `cannot be given beside ${first.name}: only one of ${listed(names)}`;
}

function memberNames({ fields }: { readonly fields: readonly DescField[] }): string[] {
  return fields.map(({ name }) => name);
}
