import { PNG } from 'pngjs';
import { sizeProblem, type ReadPicture } from '../domain/logo';

/** Of the header, which every PNG begins with: the width lies there, then the height. */
const WIDTH_AT = 16;
const HEIGHT_AT = 20;
const HEADER_LENGTH = 33;

/**
 * A PNG of any kind, written anew: 8 bits of RGB on white, which every program draws alike. Its size is judged before
 * it is unpacked.
 */
export function readPng(bytes: Buffer): ReadPicture {
  if (bytes.length < HEADER_LENGTH) return { problem: 'is a PNG that breaks off' };
  const [width, height] = [bytes.readUInt32BE(WIDTH_AT), bytes.readUInt32BE(HEIGHT_AT)];
  const problem = sizeProblem(width, height);
  if (problem !== undefined) return { problem };
  const picture = unpacked(bytes);
  if (picture === undefined) return { problem: 'is a PNG that is damaged' };
  const content = PNG.sync.write(picture, {
    ...{ colorType: 2, inputColorType: 6, inputHasAlpha: true },
    bgColor: { red: 255, green: 255, blue: 255 },
  });
  return { mediaType: 'image/png', width, height, content };
}

function unpacked(bytes: Buffer): PNG | undefined {
  try {
    return PNG.sync.read(bytes);
  } catch {
    return undefined;
  }
}
