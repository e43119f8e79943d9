import {
  getOption,
  ScalarType,
  type DescEnum,
  type DescField,
  type DescMessage,
} from '@bufbuild/protobuf';
import { oneof as oneofRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { commentOf } from './comments';
import { rulesOf, type Schema } from './rules';

/** Shapes that the JSON of protobuf gives to its own types; other messages are objects of their fields. */
const WELL_KNOWN: Readonly<Record<string, Schema>> = {
  'google.protobuf.Timestamp': {
    type: 'string',
    format: 'date-time',
    examples: ['2023-10-01T12:00:00Z'],
  },
  'google.protobuf.Duration': { type: 'string', pattern: String.raw`^-?\d+(\.\d{1,9})?s$` },
  'google.protobuf.Struct': { type: 'object', additionalProperties: true },
  'google.protobuf.Value': {},
  'google.protobuf.ListValue': { type: 'array', items: {} },
  'google.protobuf.Empty': { type: 'object', additionalProperties: false },
};

/** The schemas of every message and enum that was asked for, by their full names. */
export class Schemas {
  readonly #schemas = new Map<string, Schema>();

  /** All of them, in the order of their names. */
  all(): Record<string, Schema> {
    const inOrder = [...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(inOrder);
  }

  /** A reference to the schema of a message, or the schema itself where the JSON of protobuf has one of its own. */
  ofMessage(message: DescMessage): Schema {
    const known = WELL_KNOWN[message.typeName];
    if (known !== undefined) return known;
    if (!this.#schemas.has(message.typeName)) {
      // Set first, for messages that hold themselves.
      this.#schemas.set(message.typeName, {});
      this.#schemas.set(message.typeName, this.#objectOf(message));
    }
    return reference(message.typeName);
  }

  #ofEnum(desc: DescEnum): Schema {
    if (!this.#schemas.has(desc.typeName)) this.#schemas.set(desc.typeName, enumSchema(desc));
    return reference(desc.typeName);
  }

  #objectOf(message: DescMessage): Schema {
    const required: string[] = [];
    const properties: Record<string, Schema> = {};
    for (const field of message.fields) {
      const rules = rulesOf(field);
      const description = [commentOf(field), ...rules.words].filter(Boolean).join(' ');
      properties[field.name] = {
        ...this.#ofField(field, rules.items),
        ...rules.keywords,
        ...(description !== '' && { description }),
      };
      if (rules.isRequired) required.push(field.name);
    }
    const choices = message.oneofs.map((oneof) => {
      const names = oneof.fields.map(({ name }) => name);
      const some = names.map((name) => ({ required: [name] }));
      const isRequired = getOption(oneof, oneofRules).required === true;
      return { oneOf: isRequired ? some : [...some, { not: { anyOf: some } }] };
    });
    const description = commentOf(message);
    return {
      type: 'object',
      ...(description !== '' && { description }),
      properties,
      ...(required.length > 0 && { required }),
      additionalProperties: false,
      ...(choices.length > 0 && { allOf: choices }),
    };
  }

  #ofField(field: DescField, items: Schema): Schema {
    switch (field.fieldKind) {
      case 'scalar':
        return scalar(field.scalar);
      case 'enum':
        return this.#ofEnum(field.enum);
      case 'message':
        return this.ofMessage(field.message);
      case 'list':
        return { type: 'array', items: { ...this.#ofItem(field), ...items } };
      case 'map':
        return { type: 'object', additionalProperties: { ...this.#ofItem(field), ...items } };
    }
  }

  #ofItem(field: DescField & { fieldKind: 'list' | 'map' }): Schema {
    const kind = field.fieldKind === 'list' ? field.listKind : field.mapKind;
    switch (kind) {
      case 'scalar':
        return scalar(field.scalar as ScalarType);
      case 'enum':
        return this.#ofEnum(field.enum as DescEnum);
      case 'message':
        return this.ofMessage(field.message as DescMessage);
    }
  }
}

function reference(typeName: string): Schema {
  return { $ref: `#/components/schemas/${typeName}` };
}

/** Answers hold the names; requests may hold the short words, too. */
function enumSchema(desc: DescEnum): Schema {
  const { sharedPrefix = '' } = desc;
  const short = desc.values
    .filter(({ number }) => number !== 0)
    .map(({ name }) => name.toLowerCase().slice(sharedPrefix.length));
  const values = desc.values.map((value) => `- \`${value.name}\`: ${commentOf(value)}`);
  return {
    type: 'string',
    enum: [...desc.values.map(({ name }) => name), ...short],
    description: [commentOf(desc), '', ...values].join('\n'),
  };
}

function scalar(type: ScalarType): Schema {
  switch (type) {
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: ['number', 'string'] };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: 'integer', format: 'int32' };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: 'integer', minimum: 0 };
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      // Answers hold text: a number of JSON is a double.
      return { type: ['string', 'integer'], pattern: String.raw`^-?\d+$` };
  }
}
