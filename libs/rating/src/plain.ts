import { Decimal, decimalText, parsePlainDecimal } from '@billingrails/money';

/**
 * How a value of the domain is written plainly, and read back: decimals as texts, what is absent left out. Documents
 * hold what is written, and messages have the same fields under the same names, so a shape stands once for both.
 */
export interface Plain<T, P> {
  write(value: T): P;
  /** `malformed` is told the path of what cannot be read; what is absent in a message is an empty text. */
  read(plain: P | undefined, path: string, malformed: Malformed): T;
}

export type Malformed = (path: string) => never;

/** Of a field that may be absent. */
export interface OptionalPlain<T, P> {
  readonly optional: Plain<T, P>;
}

type Field<T> = undefined extends T
  ? OptionalPlain<Exclude<T, undefined>, unknown>
  : Plain<T, unknown>;
type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };
type OptionalKeys<F> = { [K in keyof F]: F[K] extends { optional: unknown } ? K : never }[keyof F];
type PlainField<F> =
  F extends OptionalPlain<infer _T, infer P> ? P : F extends Plain<infer _T, infer P> ? P : never;

/** What a record of such fields is written as. */
export type PlainRecord<F> = { [K in Exclude<keyof F, OptionalKeys<F>>]: PlainField<F[K]> } & {
  [K in OptionalKeys<F>]?: PlainField<F[K]>;
};

/** The plain form of a part. */
export type PlainOf<C> = C extends Plain<infer _T, infer P> ? P : never;

/** A decimal in canonical text. */
export const exact: Plain<Decimal, string> = {
  write: decimalText,
  read: (plain, path, malformed) => Decimal.parse(plain ?? '') ?? malformed(path),
};

/** A decimal that a caller wrote, perhaps with zeros in front. */
export const given: Plain<Decimal, string> = {
  write: decimalText,
  read: (plain, path, malformed) => parsePlainDecimal(plain ?? '') ?? malformed(path),
};

/** The same; 0 where it is left out. */
export const givenOrZero: Plain<Decimal, string> = {
  write: decimalText,
  read: (plain, path, malformed) => given.read(plain || '0', path, malformed),
};

/** A count; in documents and messages a text too, so that no digit is lost. */
export const count: Plain<bigint, string> = {
  write: (value) => value.toString(),
  read: (plain, path, malformed) =>
    /^\d+$/.test(plain ?? '') ? BigInt(plain ?? '') : malformed(path),
};

/** The same; 0 where it is left out. */
export const countOrZero: Plain<bigint, string> = {
  write: count.write,
  read: (plain, path, malformed) => count.read(plain || '0', path, malformed),
};

/** Yes or no; no where it is left out. */
export const flag: Plain<boolean, boolean> = {
  write: (value) => value,
  read: (plain) => plain ?? false,
};

/** One of some words; plainly its number, from 1, as in an enum of the contract. */
export function choice<T extends string>(...words: readonly T[]): Plain<T, number> {
  return {
    write: (value) => words.indexOf(value) + 1,
    read: (plain, path, malformed) => words[(plain ?? 0) - 1] ?? malformed(path),
  };
}

export function optional<T, P>(part: Plain<T, P>): OptionalPlain<T, P> {
  return { optional: part };
}

export function list<T, P>(item: Plain<T, P>): Plain<readonly T[], P[]> {
  return {
    write: (values) => values.map((value) => item.write(value)),
    read: (plains, path, malformed) =>
      (plains ?? []).map((plain, index) => item.read(plain, `${path}[${index}]`, malformed)),
  };
}

/** A record with exactly the fields of T: one that is forgotten does not compile. */
export function record<T>() {
  return <F extends Fields<T>>(fields: F): Plain<T, PlainRecord<F>> => {
    const listed = Object.entries<AnyField>(fields).map(([name, field]): NamedField => {
      const isOptional = 'optional' in field;
      return { name, path: `.${protoName(name)}`, isOptional, part: partOf(field) };
    });
    return {
      write: (value) => writeFields(listed, value as AnyRecord) as PlainRecord<F>,
      read: (plain, path, malformed) =>
        readFields(listed, (plain ?? malformed(path)) as AnyRecord, path, malformed) as T,
    };
  };
}

type AnyField = Plain<unknown, unknown> | OptionalPlain<unknown, unknown>;
type AnyRecord = Readonly<Record<string, unknown>>;

interface NamedField {
  readonly name: string;
  /** Behind that of the record. */
  readonly path: string;
  readonly isOptional: boolean;
  readonly part: Plain<unknown, unknown>;
}

function writeFields(fields: readonly NamedField[], value: AnyRecord): AnyRecord {
  const written: Record<string, unknown> = {};
  for (const { name, part } of fields) {
    const own = value[name];
    if (own !== undefined) written[name] = part.write(own);
  }
  return written;
}

function readFields(
  fields: readonly NamedField[],
  plain: AnyRecord,
  path: string,
  malformed: Malformed,
): AnyRecord {
  const read: Record<string, unknown> = {};
  for (const field of fields) {
    const own = plain[field.name];
    if (field.isOptional && (own === undefined || own === '' || own === 0)) continue;
    read[field.name] = field.part.read(own, path + field.path, malformed);
  }
  return read;
}

function partOf(field: AnyField): Plain<unknown, unknown> {
  return 'optional' in field ? field.optional : field;
}

/** `unitAmount` → `unit_amount`: paths are in the names of the contract. */
export function protoName(name: string): string {
  const known = PROTO_NAMES.get(name);
  if (known !== undefined) return known;
  const made = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  PROTO_NAMES.set(name, made);
  return made;
}

/** Of the fields and kinds that the code has. */
const PROTO_NAMES = new Map<string, string>();
