import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';
import { enumValueName, enumWords } from './enum-words';
import type { Faults } from './faults';
import { fieldsOf, twiceInOneof, unknownKey } from './fields';
import { kindOf, listed } from './kinds';
import { placeText, type Step } from './place';
import { isMessage, scalarProblem } from './scalars';
import { isTimestamp } from './timestamp';

/** As deep as the runtime reads: messages and the values of google.protobuf.Struct, one in the other. */
const DEPTH_MAX = 100;

/** A known value, or the one to put in its place. */
type Replacement = string | undefined;

/**
 * Goes through a request's JSON along its descriptor and notes everything that the runtime would not read, by its path,
 * where the runtime itself stops at the first. The short words of enums, which the runtime does not know, are replaced
 * in the JSON by the values' names.
 */
export class MessageWalk {
  /** The keys of all objects together. */
  keys = 0;
  /** Whether a word was replaced. */
  isChanged = false;
  #depth = 0;
  readonly #steps: Step[] = [];

  constructor(private readonly faults: Faults) {}

  message(desc: DescMessage, json: JsonValue): void {
    if (!this.#enter()) return;
    switch (desc.typeName) {
      case 'google.protobuf.Timestamp':
        this.#timestamp(json);
        break;
      case 'google.protobuf.Struct':
        this.#struct(json);
        break;
      case 'google.protobuf.Value':
        this.#value(json);
        break;
      default:
        if (desc.typeName.startsWith('google.protobuf.')) this.#other(desc, json);
        else if (isObject(json)) this.#members(desc, json);
        else this.#note(() => `must be an object, is ${kindOf(json)}`);
    }
    this.#depth -= 1;
  }

  #members(desc: DescMessage, json: JsonObject): void {
    const fields = fieldsOf(desc);
    // Cheaper than a set: messages have few fields.
    const seen: DescField[] = [];
    const setInOneof: DescField[] = [];
    for (const key of Object.keys(json)) {
      this.keys += 1;
      this.#steps.push(key);
      const field = fields.get(key);
      if (field === undefined) this.#note(() => unknownKey(desc, key));
      else if (seen.includes(field))
        this.#note(() => 'is the same field by its other name, given twice');
      else {
        const value = json[key] ?? null;
        if (field.oneof !== undefined && !isUnset(field, value))
          this.#checkOneof(field, setInOneof);
        seen.push(field);
        const replacement = this.#field(field, value);
        if (replacement !== undefined) this.#replace(json, key, replacement);
      }
      this.#steps.pop();
    }
  }

  #checkOneof(field: DescField, set: DescField[]): void {
    const first = set.find((other) => other.oneof === field.oneof);
    if (first === undefined) set.push(field);
    else this.#note(() => twiceInOneof(field, first));
  }

  #field(field: DescField, json: JsonValue): Replacement {
    switch (field.fieldKind) {
      case 'list':
        return this.#list(field, json);
      case 'map':
        return this.#map(field, json);
      default:
        // Null unsets a field, but is a value of its own for google.protobuf.Value.
        if (json === null && field.message?.typeName !== 'google.protobuf.Value') return undefined;
        return this.#item(field, json);
    }
  }

  #list(field: DescField & { fieldKind: 'list' }, json: JsonValue): undefined {
    if (json === null) return;
    if (!Array.isArray(json)) return this.#note(() => `must be a list, is ${kindOf(json)}`);
    json.forEach((item, index) => {
      this.#steps.push(index);
      const replacement = this.#item(field, item);
      if (replacement !== undefined) this.#replace(json, index, replacement);
      this.#steps.pop();
    });
  }

  #map(field: DescField & { fieldKind: 'map' }, json: JsonValue): undefined {
    if (json === null) return;
    if (!isObject(json)) return this.#note(() => `must be an object, is ${kindOf(json)}`);
    for (const key of Object.keys(json)) {
      this.keys += 1;
      this.#steps.push(key);
      const replacement = this.#item(field, json[key] ?? null);
      if (replacement !== undefined) this.#replace(json, key, replacement);
      this.#steps.pop();
    }
  }

  /** One value: a field's own, or one of its list or map. */
  #item(field: DescField, json: JsonValue): Replacement {
    if (field.message !== undefined) {
      this.message(field.message, json);
    } else if (field.enum !== undefined) {
      return this.#enum(field.enum, json);
    } else {
      const problem = scalarProblem(field.scalar, json);
      if (problem !== undefined) this.#note(() => problem);
    }
    return undefined;
  }

  #enum(desc: DescEnum, json: JsonValue): Replacement {
    if (desc.typeName === 'google.protobuf.NullValue' && json === null) return undefined;
    if (typeof json === 'number' && json === (json | 0)) return undefined;
    const name = typeof json === 'string' ? enumValueName(desc, json) : undefined;
    if (name === undefined)
      this.#note(() => `must be one of ${listed(enumWords(desc))}, is ${kindOf(json)}`);
    return name === json ? undefined : name;
  }

  #timestamp(json: JsonValue): void {
    if (typeof json === 'string' && isTimestamp(json)) return;
    this.#note(
      () => `must be a time of RFC 3339, such as "2026-01-31T12:00:00Z", is ${kindOf(json)}`,
    );
  }

  #struct(json: JsonValue): void {
    if (!isObject(json)) return this.#note(() => `must be an object, is ${kindOf(json)}`);
    for (const key of Object.keys(json)) {
      this.keys += 1;
      const value = json[key] ?? null;
      if (!this.#isShallow(value)) this.#under(key, value);
    }
  }

  /** Any JSON is a google.protobuf.Value, if it is not too deep. */
  #value(json: JsonValue): void {
    if (!this.#enter()) return;
    if (Array.isArray(json)) {
      json.forEach((item, index) => {
        if (!this.#isShallow(item)) this.#under(index, item);
      });
    } else if (typeof json === 'object' && json !== null) this.#struct(json);
    this.#depth -= 1;
  }

  /** Most values hold no others, and are not too deep either. */
  #isShallow(json: JsonValue): boolean {
    return (typeof json !== 'object' || json === null) && this.#depth < DEPTH_MAX;
  }

  #under(step: Step, value: JsonValue): void {
    this.#steps.push(step);
    this.#value(value);
    this.#steps.pop();
  }

  /** Another of the messages that have a JSON of their own. */
  #other(desc: DescMessage, json: JsonValue): void {
    if (!isMessage(desc, json))
      this.#note(() => `cannot be read as ${desc.typeName}, is ${kindOf(json)}`);
  }

  #enter(): boolean {
    if (this.#depth < DEPTH_MAX) {
      this.#depth += 1;
      return true;
    }
    this.#note(() => `is nested deeper than ${DEPTH_MAX} levels`);
    return false;
  }

  #replace<Key extends string | number>(
    parent: Record<Key, JsonValue>,
    key: Key,
    value: JsonValue,
  ): void {
    parent[key] = value;
    this.isChanged = true;
  }

  #note(description: () => string): undefined {
    this.faults.add(() => placeText(this.#steps), description);
  }
}

/** Null for a scalar of a oneof leaves the oneof as it is. */
function isUnset(field: DescField, json: JsonValue): boolean {
  return json === null && field.fieldKind === 'scalar';
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
