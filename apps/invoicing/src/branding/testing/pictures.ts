import { PNG } from 'pngjs';

/** A PNG of one colour, opaque on the left half and transparent on the right. */
export function pngOf(width: number, height: number, color: readonly [number, number, number]) {
  const png = new PNG({ width, height });
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const isOpaque = pixel % width < width / 2;
    png.data.set([...color, isOpaque ? 255 : 0], pixel * 4);
  }
  return PNG.sync.write(png);
}

const segment = (marker: number, content: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length + 2);
  return Buffer.concat([Buffer.from([0xff, marker]), length, content]);
};

/** A file built as a JPEG is, with what a camera writes into it; its pixels are nothing. */
export function jpegOf(width: number, height: number, components = 3): Buffer {
  const frame = Buffer.alloc(6 + components * 3);
  frame.writeUInt8(8, 0);
  frame.writeUInt16BE(height, 1);
  frame.writeUInt16BE(width, 3);
  frame.writeUInt8(components, 5);
  return Buffer.concat([
    Buffer.from('ffd8', 'hex'),
    segment(0xe0, Buffer.from('JFIF\0')),
    segment(0xe1, Buffer.from('Exif\0\0 taken at 52.5 N 13.4 E')),
    segment(0xfe, Buffer.from('a comment')),
    segment(0xc0, frame),
    segment(0xda, Buffer.alloc(10)),
    Buffer.from('1234ff00ffd9', 'hex'),
    Buffer.from('behind the end'),
  ]);
}
