import type { DescField, DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';

/** What something is done to. */
export interface AuditedObject {
  /** The full name of its message; empty where the method is about no one thing. */
  readonly type: string;
  readonly id: string;
}

/** The field of a method's answer that holds the thing it is about: the first that is one message. */
export function objectField({ output }: Pick<DescMethod, 'output'>): DescField | undefined {
  return output.fields.find((field) => field.fieldKind === 'message');
}

/** What of a method's contract tells what its calls are about. */
type MethodContract = Pick<DescMethod, 'name' | 'input' | 'output' | 'parent'>;

/**
 * What a call is about, as its contract names it: the thing in the answer; else the id in the request that is named for
 * it, or the first there is. What an organisation has once, such as its tax settings, goes by the organisation.
 */
export function auditedObject(
  method: MethodContract,
  request: Message,
  answer: Message | undefined,
  organisationId: string,
): AuditedObject {
  const ids = namedIds(method.input, request);
  const field = objectField(method);
  if (field?.message === undefined) {
    const [named] = ids;
    const type = named === undefined ? '' : typeNamed(method, named.name);
    return { type, id: named?.id ?? organisationId };
  }
  const own = ids.find(({ name }) => name === idFieldOf(field.message)) ?? ids[0];
  const id = answeredId(method, answer, field) ?? own?.id ?? organisationId;
  return { type: field.message.typeName, id };
}

/**
 * What a request is to change, or undefined when what it is about is yet to be made. The id is empty for what has none
 * of its own, such as settings, and for what an organisation has once, such as the organisation.
 */
export function objectNamed(method: MethodContract, request: Message): AuditedObject | undefined {
  const ids = namedIds(method.input, request);
  const message = objectField(method)?.message;
  if (message === undefined) {
    const [named] = ids;
    return named && { type: typeNamed(method, named.name), id: named.id };
  }
  const type = message.typeName;
  if (isNameless(method, message)) return { type, id: '' };
  const own = ids.find(({ name }) => name === idFieldOf(message));
  return own && { type, id: own.id };
}

/** The type of the thing that calls of a method answer with and change; undefined when each answers with a new one. */
export function changedType(method: MethodContract): string | undefined {
  const message = objectField(method)?.message;
  if (message === undefined) return undefined;
  const isNamed = method.input.fields.some(({ name }) => name === idFieldOf(message));
  return isNamed || isNameless(method, message) ? message.typeName : undefined;
}

/** Whether requests need no id to name the thing: it has none, or the method updates what its organisation has once. */
function isNameless({ name, input }: MethodContract, message: DescMessage): boolean {
  if (idOf(message) === undefined) return true;
  const isNamed = input.fields.some((field) => field.name === idFieldOf(message));
  return name.startsWith(`Update${message.name}`) && !isNamed;
}

function answeredId(
  { output }: MethodContract,
  answer: Message | undefined,
  field: DescField,
): string | undefined {
  const ownId = field.message && idOf(field.message);
  const shown = answer && reflect(output, answer);
  if (ownId === undefined || shown?.isSet(field) !== true) return undefined;
  const id = (shown.get(field) as ReflectMessage).get(ownId);
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function idOf({ fields }: DescMessage): DescField | undefined {
  return fields.find(({ name }) => name === 'id');
}

/** How requests name the field that holds the id of such a thing: WebhookEndpoint, `webhook_endpoint_id`. */
function idFieldOf({ name }: DescMessage): string {
  const words = name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`);
  return `${words.toLowerCase()}_id`;
}

/** The ids that a request names, but its own. */
function namedIds(input: DescMessage, request: Message): { name: string; id: string }[] {
  const shown = reflect(input, request);
  return input.fields.flatMap((field) => {
    if (!field.name.endsWith('_id') || field.name === 'request_id') return [];
    if (field.fieldKind !== 'scalar' || !shown.isSet(field)) return [];
    const id = shown.get(field);
    return typeof id === 'string' && id !== '' ? [{ name: field.name, id }] : [];
  });
}

/** The message that a field of that name holds the id of: `webhook_endpoint_id`, WebhookEndpoint. */
function typeNamed({ parent }: MethodContract, field: string): string {
  const words = field.replace(/_id$/, '').split('_');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return `${parent.file.proto.package}.${name}`;
}
