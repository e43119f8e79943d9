import type { IncomingHttpHeaders } from 'node:http';
import { isExactNumber } from '@billingrails/rpc';
import type { ShapeName } from '@billingrails/event-shapes';

/** What somebody posted: values in a shape, not read yet. */
export interface PostedEvents {
  readonly shape: ShapeName;
  readonly values: readonly unknown[];
  /** Before the names of what is wrong with the n-th; the one event of a post that holds one has no path. */
  readonly pathOf: (index: number) => string;
  readonly isOne: boolean;
}

/** Why a post cannot be taken. */
export interface PostRefused {
  readonly status: 400 | 415;
  readonly detail: string;
}

/**
 * Tells the shape of a post by its headers and body: CloudEvents structured, as a batch or binary (ce-… headers), by
 * their content types; as application/json also Lago's, which have "event" or "events".
 */
export function postedEvents(
  headers: IncomingHttpHeaders,
  body: Buffer,
): PostedEvents | PostRefused {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
    return { status: 415, detail: 'The body must not be compressed.' };
  const [first = ''] = (headers['content-type'] ?? 'application/json').split(';');
  const type = first.trim().toLowerCase();
  const isBinary = headers['ce-specversion'] !== undefined;
  if (!TYPES.has(type) && !(isBinary && type.endsWith('+json')))
    return { status: 415, detail: UNSUPPORTED };
  const text = body.toString('utf8').replace(/^\ufeff/, '');
  const parsed = parse(isBinary && text.trim() === '' ? '{}' : text);
  if (parsed === undefined) return { status: 400, detail: 'The body is no JSON.' };
  const { value } = parsed;
  if (isBinary) return one('cloudevents', { ...attributesOf(headers), data: value });
  if (type === BATCH && !Array.isArray(value))
    return { status: 400, detail: 'A batch of CloudEvents must be a JSON array.' };
  if (Array.isArray(value)) return many('cloudevents', value, (index) => `[${index}].`);
  if (typeof value !== 'object' || value === null) return { status: 400, detail: UNKNOWN };
  if (type === STRUCTURED || 'specversion' in value) return one('cloudevents', value);
  if ('event' in value) return { ...one('lago', value.event), pathOf: () => 'event.' };
  if ('events' in value && Array.isArray(value.events))
    return many('lago', value.events, (index) => `events[${index}].`);
  return { status: 400, detail: UNKNOWN };
}

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const TYPES: ReadonlySet<string> = new Set(['application/json', STRUCTURED, BATCH]);
const UNSUPPORTED = `The Content-Type must be ${[...TYPES].join(', ')}.`;
const UNKNOWN =
  'The body must be a CloudEvent, an array of them, or an object with "event" or "events" as Lago takes them.';

const CE = 'ce-';

function one(shape: ShapeName, value: unknown): PostedEvents {
  return { shape, values: [value], pathOf: () => '', isOne: true };
}

function many(
  shape: ShapeName,
  values: readonly unknown[],
  pathOf: PostedEvents['pathOf'],
): PostedEvents {
  return { shape, values, pathOf, isOne: false };
}

/** The attributes of a binary CloudEvent: headers with "ce-" before their names, what is no ASCII escaped. */
function attributesOf(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith(CE));
  return Object.fromEntries(
    attributes.map(([name, value]) => [name.slice(CE.length), unescaped(String(value))]),
  );
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Numbers that a double would round become texts, which meters read exactly. */
function parse(text: string): { readonly value: unknown } | undefined {
  const exact = text.replace(TEXT_OR_NUMBER, (token) =>
    token.startsWith('"') || isExactNumber(token) ? token : `"${token}"`,
  );
  try {
    return { value: JSON.parse(exact) as unknown };
  } catch {
    return undefined;
  }
}

const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
