import { colorViolations } from './branding';
import { contrast } from './contrast';

test.each([
  ['#000000', '#ffffff', '21.00'],
  ['#ffffff', '#000000', '21.00'],
  ['#ffffff', '#ffffff', '1.00'],
  // The lightest grey that is readable on white, and the next.
  ['#767676', '#ffffff', '4.54'],
  ['#777777', '#ffffff', '4.48'],
  ['#ff0000', '#ffffff', '4.00'],
  ['#0000ff', '#ffffff', '8.59'],
])('the contrast of %s and %s is %s', (one, other, expected) => {
  expect(contrast(one, other).toFixed(2)).toBe(expected);
});

test.each([
  [{}, []],
  [{ accentColor: '#767676', tintColor: '#ffffff' }, []],
  [{ accentColor: '#777777' }, ['b.accent_color']],
  [{ accentColor: 'red', tintColor: '#fff' }, ['b.accent_color', 'b.tint_color']],
  [{ tintColor: '#222222' }, ['b.tint_color']],
  [{ tintColor: '#888888' }, ['b.tint_color']],
  [{ accentColor: "#000000'; --x: url(//x)" }, ['b.accent_color']],
])('of %j the colours at %j cannot be taken', (colors, fields) => {
  expect(colorViolations(colors, 'b').map(({ field }) => field)).toEqual(fields);
});
