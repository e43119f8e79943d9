import { create, fromJson } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { scalarFromValue } from '.';

test('every scalar of JSON is read as it was written', () => {
  const scalars = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  fc.assert(
    fc.property(scalars, (scalar) => {
      expect(scalarFromValue(fromJson(ValueSchema, scalar))).toBe(scalar);
    }),
  );
});

test.each([[[]], [['eu']], [{}], [{ eu: 1 }]])('%j is no scalar', (json) => {
  expect(scalarFromValue(fromJson(ValueSchema, json))).toBeUndefined();
});

test.each([NaN, Infinity, -Infinity])(
  'the number %s, which JSON does not have, is no scalar',
  (value) => {
    const message = create(ValueSchema, { kind: { case: 'numberValue', value } });
    expect(scalarFromValue(message)).toBeUndefined();
  },
);

test('a value that was never set is no scalar', () => {
  expect(scalarFromValue(create(ValueSchema))).toBeUndefined();
});
