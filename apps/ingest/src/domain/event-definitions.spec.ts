import { parsePath } from '@billingrails/filters';
import { EventDefinitions, type EventDefinition } from './event-definitions';
import type { NumberRule } from './number-rules';
import { defaultAccountPath, propertyFieldPath } from './property-path';

const rule = { path: ['duration'] } as unknown as NumberRule;
const definition: EventDefinition = {
  organisationId: 'org_a',
  eventName: 'Song played',
  accountPath: ['user', 'id'],
  numberRules: [rule],
};

test('a definition holds for its event name in its organisation only', () => {
  const definitions = new EventDefinitions();
  definitions.set('1', definition);
  const { accountPathOf, numberRulesOf } = definitions.of('org_a');
  expect(accountPathOf('Song played')).toEqual(['user', 'id']);
  expect(numberRulesOf('Song played')).toEqual([rule]);
  expect(accountPathOf('Song skipped')).toEqual(defaultAccountPath);
  expect(numberRulesOf('Song skipped')).toEqual([]);
  expect(definitions.of('org_b').accountPathOf('Song played')).toEqual(defaultAccountPath);
});

test('a later value takes the place of the one with its key, a removal brings back the default', () => {
  const definitions = new EventDefinitions();
  const pathNow = () => definitions.of('org_a').accountPathOf('Song played');
  definitions.set('1', definition);
  definitions.set('1', { ...definition, accountPath: ['listener'] });
  expect(pathNow()).toEqual(['listener']);
  definitions.remove('1');
  definitions.remove('unknown');
  expect(pathNow()).toEqual(defaultAccountPath);
});

test.each([
  ['account', ['account']],
  ['user.id', ['user', 'id']],
  ['a\\.b.c', ['a.b', 'c']],
])('the property path %s', (text, path) => {
  expect(parsePath(text)).toEqual(path);
  expect(propertyFieldPath(path)).toBe(`properties.${text}`);
});
