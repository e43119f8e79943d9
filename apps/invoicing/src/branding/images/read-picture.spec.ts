import { DomainError } from '@billingrails/errors';
import { PNG } from 'pngjs';
import { jpegOf, pngOf } from '../testing/pictures';
import { readPicture } from './read-picture';

function problemOf(bytes: Uint8Array): string {
  try {
    readPicture(bytes, 'content');
    return '';
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    expect(error.reason).toBe('LOGO_INVALID');
    return error.violations.map(({ field, description }) => `${field} ${description}`).join();
  }
}

test('a PNG is written anew: what is transparent is white, and the same picture is the same bytes', () => {
  const { mediaType, width, height, content } = readPicture(pngOf(40, 20, [0, 0, 200]), 'content');
  expect([mediaType, width, height]).toEqual(['image/png', 40, 20]);
  const { data } = PNG.sync.read(Buffer.from(content));
  expect([...data.subarray(0, 4)]).toEqual([0, 0, 200, 255]);
  expect([...data.subarray(39 * 4, 40 * 4)]).toEqual([255, 255, 255, 255]);
  expect(readPicture(content, 'content').content).toEqual(content);
});

test('a JPEG is kept without what a camera wrote into it, or somebody behind it', () => {
  const { mediaType, width, height, content } = readPicture(jpegOf(600, 200), 'content');
  expect([mediaType, width, height]).toEqual(['image/jpeg', 600, 200]);
  const text = Buffer.from(content).toString('latin1');
  expect(text).toContain('JFIF');
  for (const gone of ['Exif', 'comment', 'behind']) expect(text).not.toContain(gone);
  expect(readPicture(content, 'content').content).toEqual(content);
});

const png = pngOf(40, 20, [1, 2, 3]);
const jpeg = jpegOf(40, 20);
/** A header that says more pixels than a machine has room for. */
const bomb = Buffer.concat([
  png.subarray(0, 16),
  Buffer.from('7fffffff7fffffff', 'hex'),
  png.subarray(24),
]);
const damaged = Buffer.from(png);
damaged.writeUInt8(damaged.readUInt8(45) ^ 0xff, 45);

test.each<[string, Uint8Array, string]>([
  ['nothing', Buffer.alloc(0), 'neither a PNG nor a JPEG'],
  ['a GIF', Buffer.from('GIF89a'), 'neither a PNG nor a JPEG'],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'is an SVG'],
  ['an SVG', Buffer.from('  <?xml version="1.0"?><svg/>'), 'is an SVG'],
  ['a narrow PNG', pngOf(15, 20, [0, 0, 0]), 'is 15 by 20 pixels'],
  ['a wide PNG', pngOf(2001, 16, [0, 0, 0]), 'is 2001 by 16 pixels'],
  ['a large PNG', pngOf(1001, 1000, [0, 0, 0]), 'is 1001 by 1000 pixels'],
  ['a PNG that claims more', bomb, 'is 2147483647 by 2147483647 pixels'],
  ['a PNG that breaks off', png.subarray(0, 30), 'breaks off'],
  ['a PNG that breaks off later', png.subarray(0, -20), 'damaged'],
  ['a PNG with other bytes', damaged, 'damaged'],
  ['a JPEG of four colours', jpegOf(40, 20, 4), 'save it as RGB'],
  ['a large JPEG', jpegOf(40, 3000), 'is 40 by 3000 pixels'],
  ['a JPEG that breaks off', jpeg.subarray(0, 25), 'damaged'],
  ['a JPEG without its end', jpeg.subarray(0, -18), 'damaged'],
  ['the beginning of a JPEG', jpeg.subarray(0, 3), 'damaged'],
])('%s is refused, and it is said why', (_what, bytes, reason) => {
  expect(problemOf(bytes)).toContain(reason);
});
