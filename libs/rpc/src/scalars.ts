import type { Value } from '@bufbuild/protobuf/wkt';

/** What a JSON value is that holds no others. */
export type Scalar = string | number | boolean | null;

/** Undefined for what is no scalar of JSON: a list, an object, nothing at all, or a number that is none. */
export function scalarFromValue({ kind }: Value): Scalar | undefined {
  switch (kind.case) {
    case 'nullValue':
      return null;
    case 'stringValue':
    case 'boolValue':
      return kind.value;
    case 'numberValue':
      return Number.isFinite(kind.value) ? kind.value : undefined;
    default:
      return undefined;
  }
}
