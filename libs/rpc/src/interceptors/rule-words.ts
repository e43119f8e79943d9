import type { DescField, DescOneof } from '@bufbuild/protobuf';
import type { Violation as BrokenRule } from '@bufbuild/protovalidate';
import { enumWords } from '../json/enum-words';

type Told = Pick<BrokenRule, 'field' | 'message' | 'ruleId'>;
type Words = (place: DescField | DescOneof, message: string) => string;

/**
 * What a broken rule of a contract asks for, in words to act by. The contracts' own rules bring theirs; the standard
 * ones speak of lists of numbers where there are names, and name neither the members of a oneof nor the words of an
 * enum.
 */
export function ruleWords({ ruleId, field, message }: Told): string {
  const words = wordsByRule.get(ruleId);
  const place = field.findLast((element) => element.kind === 'field' || element.kind === 'oneof');
  return words === undefined || place === undefined ? message : words(place, message);
}

const required: Words = (place, message) =>
  place.kind === 'oneof'
    ? `exactly one of ${place.fields.map(({ name }) => name).join(', ')} is required`
    : message.replace(/^value is/, 'is');

const oneOfEnum: Words = (place, message) =>
  place.kind === 'field' && place.enum !== undefined
    ? `must be one of ${enumWords(place.enum).join(', ')}`
    : message;

const notEmpty: Words = (_place, message) =>
  / at least 1 (?:characters?|item\(s\)|items?)$/.test(message) ? 'must not be empty' : message;

const oneOfList: Words = (_place, message) =>
  message.replace(/^(?:value )?must be in list \[(.*)\]$/, 'must be one of $1');

const wordsByRule: ReadonlyMap<string, Words> = new Map([
  ['required', required],
  ['message.oneof', required],
  ['enum.defined_only', oneOfEnum],
  ['enum.not_in', oneOfEnum],
  ['string.in', oneOfList],
  ['string.min_len', notEmpty],
  ['repeated.min_items', notEmpty],
  ['repeated.unique', () => 'must not hold the same twice'],
]);
