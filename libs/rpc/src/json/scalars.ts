import { fromJson, ScalarType, type DescMessage, type JsonValue } from '@bufbuild/protobuf';
import {
  BytesValueSchema,
  DoubleValueSchema,
  FloatValueSchema,
  Int32ValueSchema,
  Int64ValueSchema,
  UInt32ValueSchema,
  UInt64ValueSchema,
} from '@bufbuild/protobuf/wkt';
import { kindOf } from './kinds';

/** What is wrong with a value of a scalar field; undefined when nothing is. */
export function scalarProblem(scalar: ScalarType, json: JsonValue): string | undefined {
  if (scalar === ScalarType.STRING) {
    if (typeof json === 'string') return undefined;
    const hint = typeof json === 'number' ? `: write it in quotes, "${json}"` : '';
    return `must be a text, is ${kindOf(json)}${hint}`;
  }
  if (scalar === ScalarType.BOOL) {
    return typeof json === 'boolean' ? undefined : `must be true or false, is ${kindOf(json)}`;
  }
  const [schema, expected] = wrappers[scalar];
  if (isMessage(schema, json)) return undefined;
  return `must be ${expected}, is ${kindOf(json)}`;
}

/** Whether the runtime reads the value as this message. */
export function isMessage(schema: DescMessage, json: JsonValue): boolean {
  try {
    fromJson(schema, json);
    return true;
  } catch {
    return false;
  }
}

type Wrapper = readonly [schema: DescMessage, expected: string];

const int32: Wrapper = [Int32ValueSchema, 'a whole number from -2147483648 to 2147483647'];
const uint32: Wrapper = [UInt32ValueSchema, 'a whole number from 0 to 4294967295'];
const int64: Wrapper = [Int64ValueSchema, 'a whole number of 64 bits'];
const uint64: Wrapper = [UInt64ValueSchema, 'a whole number of 64 bits, not below 0'];

/** The messages that hold one such value and nothing else, so that the runtime's own rules are the rules. */
const wrappers: Readonly<
  Record<Exclude<ScalarType, ScalarType.STRING | ScalarType.BOOL>, Wrapper>
> = {
  [ScalarType.INT32]: int32,
  [ScalarType.SINT32]: int32,
  [ScalarType.SFIXED32]: int32,
  [ScalarType.UINT32]: uint32,
  [ScalarType.FIXED32]: uint32,
  [ScalarType.INT64]: int64,
  [ScalarType.SINT64]: int64,
  [ScalarType.SFIXED64]: int64,
  [ScalarType.UINT64]: uint64,
  [ScalarType.FIXED64]: uint64,
  [ScalarType.DOUBLE]: [DoubleValueSchema, 'a number'],
  [ScalarType.FLOAT]: [FloatValueSchema, 'a number of 32 bits'],
  [ScalarType.BYTES]: [BytesValueSchema, 'bytes in base64'],
};
