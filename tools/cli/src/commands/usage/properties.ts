import { CliError } from '../../exit-codes';
import { setOwn } from '../../own';
import type { Json, JsonObject } from '../../rpc/connection';
import { readJson } from '../../rpc/request';
import { valueFrom } from '../../import/values';

/**
 * Reads properties of an event: "duration=240" is a number, "artist=The Beatles" a text, "code:=\"017\"" is JSON as it
 * stands.
 */
export function propertiesFrom(pairs: readonly string[]): JsonObject {
  const properties: JsonObject = {};
  for (const pair of pairs) {
    const [, name = '', how = '', text = ''] = /^([^=:]+)(:?=)([\s\S]*)$/.exec(pair) ?? [];
    if (name === '') {
      throw new CliError(
        `"${pair}" is no property.`,
        'Write such as -p duration=240, or as JSON: -p \'code:="017"\'.',
      );
    }
    const value: Json = how === ':=' ? readJson(text, name) : valueFrom(text);
    setOwn(properties, name, value);
  }
  return properties;
}
