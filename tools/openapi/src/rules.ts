import { getOption, type DescField } from '@bufbuild/protobuf';
import {
  field as fieldRules,
  Ignore,
  type FieldRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/** Keywords of JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Rules {
  readonly isRequired: boolean;
  /** Of the field's own value. */
  readonly keywords: Schema;
  /** Of each item of a list, or value of a map. */
  readonly items: Schema;
  /** Rules that no keyword says. */
  readonly words: readonly string[];
}

/** The rules of buf.validate that a field has, as JSON Schema says them, and those that it cannot say in words. */
export function rulesOf(field: DescField): Rules {
  const rules = getOption(field, fieldRules);
  const ofItems = itemRules(rules);
  // Proto3 cannot tell "" from nothing.
  const needsText = rules.type.case === 'string' && rules.type.value.minLen > 0n;
  const isOptional = rules.ignore === Ignore.IF_ZERO_VALUE || field.presence === 1;
  return {
    isRequired: field.oneof === undefined && (rules.required || (needsText && !isOptional)),
    keywords: { ...keywordsOf(rules), ...patternOf(rules) },
    items: ofItems === undefined ? {} : { ...keywordsOf(ofItems), ...patternOf(ofItems) },
    words: wordsOf(rules, ofItems),
  };
}

function itemRules({ type }: FieldRules): FieldRules | undefined {
  if (type.case === 'repeated') return type.value.items;
  return type.case === 'map' ? type.value.values : undefined;
}

function keywordsOf({ type }: FieldRules): Schema {
  switch (type.case) {
    case 'string': {
      const { minLen, maxLen, len, pattern, in: allowed, wellKnown } = type.value;
      return {
        ...(minLen > 0n && { minLength: Number(minLen) }),
        ...(maxLen > 0n && { maxLength: Number(maxLen) }),
        ...(len > 0n && { minLength: Number(len), maxLength: Number(len) }),
        ...(pattern !== '' && { pattern }),
        ...(allowed.length > 0 && { enum: allowed }),
        ...(wellKnown.case === 'email' && wellKnown.value && { format: 'email' }),
        ...(wellKnown.case === 'uri' && wellKnown.value && { format: 'uri' }),
        ...(wellKnown.case === 'uuid' && wellKnown.value && { format: 'uuid' }),
      };
    }
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'uint64': {
      const { greaterThan, lessThan } = type.value;
      return {
        ...(greaterThan.case === 'gte' && { minimum: Number(greaterThan.value) }),
        ...(greaterThan.case === 'gt' && { exclusiveMinimum: Number(greaterThan.value) }),
        ...(lessThan.case === 'lte' && { maximum: Number(lessThan.value) }),
        ...(lessThan.case === 'lt' && { exclusiveMaximum: Number(lessThan.value) }),
      };
    }
    case 'repeated': {
      const { minItems, maxItems, unique } = type.value;
      return {
        ...(minItems > 0n && { minItems: Number(minItems) }),
        ...(maxItems > 0n && { maxItems: Number(maxItems) }),
        ...(unique && { uniqueItems: true }),
      };
    }
    case 'map': {
      const { minPairs, maxPairs } = type.value;
      return {
        ...(minPairs > 0n && { minProperties: Number(minPairs) }),
        ...(maxPairs > 0n && { maxProperties: Number(maxPairs) }),
      };
    }
    default:
      return {};
  }
}

const MATCHES = /^(this == (?:''|"") \|\| )?this\.matches\((['"])(.+)\2\)$/s;

/** A rule that is nothing but a regular expression; the words beside it are those that people are shown. */
function patternOf({ cel }: FieldRules): Schema {
  const [only] = cel;
  const [, orEmpty, , escaped] = MATCHES.exec(only?.expression ?? '') ?? [];
  if (cel.length !== 1 || escaped === undefined) return {};
  const pattern = escaped.replace(/\\\\/g, '\\');
  try {
    new RegExp(pattern, 'u');
  } catch {
    return {};
  }
  return { pattern: orEmpty === undefined ? pattern : `^$|${pattern}` };
}

function wordsOf(rules: FieldRules, items: FieldRules | undefined): string[] {
  const own = rules.cel.map(({ message }) => `It ${message}.`);
  const each = (items?.cel ?? []).map(({ message }) => `Each ${message}.`);
  return [...own, ...each].filter((words) => !/^(It|Each) \.$/.test(words));
}
