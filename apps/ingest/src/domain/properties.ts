import { isWellFormed, propertyKeyProblem } from '@billingrails/filters';
import { limits } from './event';
import type { Json, JsonObject } from './event';
import { numberProblem } from './property-number';
import { placeText } from './property-path';
import type { Place } from './property-path';
import type { Violations } from './violations';

/**
 * Checks the properties of one event and writes them as compact UTF-8 JSON, keys in the order they came. Every
 * violation is noted by its path, which starts with `prefix` (`events[3].`, or empty). The JSON means something only
 * when none was.
 */
export function checkProperties(
  properties: JsonObject,
  prefix: string,
  violations: Violations,
): Uint8Array {
  const root: Place = { parent: undefined, step: `${prefix}properties` };
  new PropertyWalk(violations).object(properties, root, 1);
  const json = Buffer.from(JSON.stringify(properties));
  if (json.byteLength > limits.propertiesBytesMax)
    violations.add(
      () => placeText(root),
      `must be at most ${limits.propertiesBytesMax} bytes as JSON, is ${json.byteLength}`,
    );
  return json;
}

/** One way down through the properties of one event. */
class PropertyWalk {
  #keys = 0;

  constructor(private readonly violations: Violations) {}

  /** `depth` counts objects and lists, the properties themselves being the first. */
  object(object: JsonObject, place: Place, depth: number): void {
    const keys = Object.keys(object);
    this.#countKeys(keys.length, place);
    for (const key of keys) {
      const problem = keyProblem(key);
      if (problem !== undefined) this.#note({ parent: place, step: key }, problem);
      this.#value(object[key], place, key, depth);
    }
  }

  #list(list: readonly Json[], place: Place, depth: number): void {
    for (let index = 0; index < list.length; index += 1)
      this.#value(list[index], place, index, depth);
  }

  #value(value: Json | undefined, parent: Place, step: string | number, depth: number): void {
    switch (typeof value) {
      case 'number': {
        const problem = numberProblem(value);
        if (problem !== undefined) this.#note({ parent, step }, problem);
        return;
      }
      case 'string':
        if (!isWellFormed(value))
          this.#note(
            { parent, step },
            'must be well-formed Unicode: it holds half of a surrogate pair',
          );
        return;
      case 'object':
        if (value !== null) this.#container(value, { parent, step }, depth + 1);
    }
  }

  #container(value: Json[] | JsonObject, place: Place, depth: number): void {
    if (depth > limits.propertiesDepthMax)
      this.#note(place, `is nested deeper than ${limits.propertiesDepthMax} levels`);
    else if (Array.isArray(value)) this.#list(value, place, depth);
    else this.object(value, place, depth);
  }

  /** Noted once, where the limit is passed. */
  #countKeys(count: number, place: Place): void {
    const before = this.#keys;
    this.#keys += count;
    if (before <= limits.propertiesKeysMax && this.#keys > limits.propertiesKeysMax)
      this.#note(place, `the properties have more than ${limits.propertiesKeysMax} keys in all`);
  }

  #note(place: Place, description: string): void {
    this.violations.add(() => placeText(place), description);
  }
}

function keyProblem(key: string): string | undefined {
  const problem = propertyKeyProblem(key);
  if (problem === undefined) return undefined;
  return key === '__proto__' ? `the key __proto__ ${problem}` : `the key ${problem}`;
}
