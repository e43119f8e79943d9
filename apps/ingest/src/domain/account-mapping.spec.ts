import { parsePath } from '@billingrails/filters';
import { AccountMappings } from './account-mapping';
import { defaultAccountPath, propertyFieldPath } from './property-path';

const mapping = { organisationId: 'org_a', eventName: 'Song played', eventProperty: 'user.id' };

test('a mapping holds for its event name in its organisation only', () => {
  const mappings = new AccountMappings();
  mappings.set('1', mapping);
  expect(mappings.pathOf('org_a', 'Song played')).toEqual(['user', 'id']);
  expect(mappings.pathOf('org_a', 'Song skipped')).toEqual(defaultAccountPath);
  expect(mappings.pathOf('org_b', 'Song played')).toEqual(defaultAccountPath);
});

test('a later value takes the place of the one with its key, a removal brings back the default', () => {
  const mappings = new AccountMappings();
  mappings.set('1', mapping);
  mappings.set('1', { ...mapping, eventProperty: 'listener' });
  expect(mappings.pathOf('org_a', 'Song played')).toEqual(['listener']);
  mappings.set('1', { ...mapping, eventProperty: '' });
  expect(mappings.pathOf('org_a', 'Song played')).toEqual(defaultAccountPath);
  mappings.set('1', mapping);
  mappings.remove('1');
  mappings.remove('unknown');
  expect(mappings.pathOf('org_a', 'Song played')).toEqual(defaultAccountPath);
});

test.each([
  ['account', ['account']],
  ['user.id', ['user', 'id']],
  ['a\\.b.c', ['a.b', 'c']],
])('the property path %s', (text, path) => {
  expect(parsePath(text)).toEqual(path);
  expect(propertyFieldPath(path)).toBe(`properties.${text}`);
});
