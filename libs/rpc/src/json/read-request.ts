import type { DescMessage, JsonValue } from '@bufbuild/protobuf';
import { connectErrorOf } from '../errors/details';
import { Faults } from './faults';
import { findInexactNumbers, mayHoldInexactNumbers } from './inexact-numbers';
import { MessageWalk } from './message-walk';
import { placeText } from './place';

/** The runtime's own decoder would quietly put U+FFFD in the place of what is not UTF-8. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Where a key ends. A text may look like it, too, so there may be more of these than keys, but never less. */
const keyEnd = /"\s*:/g;

/**
 * A request's JSON as the runtime is to read it: short words of enums made long, and of two equal keys in one object
 * the last alone. Throws an error that names every value that cannot be read as the message `desc`: unknown keys, wrong
 * kinds, times that do not exist, and numbers that would be read as others, which only their text can tell.
 */
export function readableRequest(desc: DescMessage, bytes: Uint8Array): string {
  const faults = new Faults();
  const text = decode(bytes, faults);
  const parsed = text === undefined ? undefined : parse(text, faults);
  if (text === undefined || parsed === undefined) throw refusal(faults);
  const walk = new MessageWalk(faults);
  walk.message(desc, parsed.json);
  if (mayHoldInexactNumbers(text)) noteInexactNumbers(text, faults);
  if (faults.count > 0) throw refusal(faults);
  const isAsRead = !walk.isChanged && (text.match(keyEnd)?.length ?? 0) === walk.keys;
  return isAsRead ? text : JSON.stringify(parsed.json);
}

function decode(bytes: Uint8Array, faults: Faults): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return note(faults, 'is not UTF-8');
  }
}

function parse(text: string, faults: Faults): { json: JsonValue } | undefined {
  if (text.trim() === '')
    return note(faults, 'is empty: a request is an object of JSON, such as {}');
  try {
    return { json: JSON.parse(text) as JsonValue };
  } catch (error) {
    return note(faults, `is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function noteInexactNumbers(text: string, faults: Faults): void {
  findInexactNumbers(text, (steps, literal) =>
    faults.add(
      () => placeText(steps),
      () => inexact(literal),
    ),
  );
}

function inexact(literal: string): string {
  const shownLiteral = literal.length <= 40 ? literal : `${literal.slice(0, 40)}…`;
  const read = Number(literal);
  const would = Number.isFinite(read) ? `be read as ${read}` : 'be too large';
  return `as a number of JSON, ${shownLiteral} would ${would}; send it as a string`;
}

/** Of the request as a whole. */
function note(faults: Faults, description: string): undefined {
  faults.add(
    () => '',
    () => description,
  );
}

/** The runtime tells it before our interceptors see the call, in the words it is given. */
function refusal(faults: Faults): Error {
  return connectErrorOf(faults.error(), { inTrailers: false });
}
