import {
  readPath,
  readQuantity,
  type JsonObject,
  type PropertiesTest,
  type PropertyPath,
} from '@billingrails/filters';

/** A property of an event that must be a number, because a profile of a meter makes its quantity of it. */
export interface NumberRule {
  readonly path: PropertyPath;
  /** The names of the meter and the aggregation, and the profile's code. */
  readonly meter: string;
  readonly profile: string;
  readonly method: string;
  /** Which events the profile counts: those that pass, with fromMs <= timestamp < toMs. */
  readonly passes: PropertiesTest;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A property that is no number where one is needed. */
export interface NumberFault {
  readonly path: PropertyPath;
  readonly problem: string;
}

/**
 * Finds the properties that the rules need as numbers and that are none, each once. One that is missing or null is no
 * fault: not every event of a name has everything, and metering lists what it could not count.
 */
export function numberFaults(
  properties: JsonObject,
  timestampMs: number,
  rules: readonly NumberRule[],
): NumberFault[] {
  const faults = new Map<string, NumberFault>();
  for (const rule of rules) {
    const { path, fromMs, toMs, passes } = rule;
    const value = readPath(properties, path);
    // Nearly all are numbers; whether those are within limits is the rule of all properties.
    if (typeof value === 'number' || value === undefined || value === null) continue;
    const quantity = readQuantity(value);
    if (typeof quantity === 'bigint') continue;
    if (timestampMs < fromMs || timestampMs >= toMs || !passes(properties)) continue;
    const key = JSON.stringify(path);
    if (!faults.has(key)) faults.set(key, { path, problem: problemText(rule, quantity) });
  }
  return [...faults.values()];
}

function problemText({ meter, profile, method }: NumberRule, problem: string): string {
  const digits = problem === 'out_of_range' ? ' of at most 20 integer and 18 fraction digits' : '';
  return `must be a number${digits}: profile "${profile}" of meter "${meter}" needs it for its ${method}`;
}
