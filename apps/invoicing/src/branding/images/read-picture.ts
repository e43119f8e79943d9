import { invalid } from '@billingrails/errors';
import type { Picture, ReadPicture } from '../domain/logo';
import { readJpeg } from './jpeg';
import { readPng } from './png';

/**
 * Reads an uploaded picture by its bytes, whatever it is called, and leaves out what is none of its pixels. Throws a
 * DomainError of kind invalid at `field`.
 */
export function readPicture(bytes: Uint8Array, field: string): Picture {
  const read = pictureOf(Buffer.from(bytes));
  if (!('problem' in read)) return read;
  throw invalid('LOGO_INVALID', 'The picture cannot be a logo.', [
    { field, description: read.problem },
  ]);
}

function pictureOf(bytes: Buffer): ReadPicture {
  if (bytes.subarray(0, PNG.length).equals(PNG)) return readPng(bytes);
  if (bytes.subarray(0, JPEG.length).equals(JPEG)) return readJpeg(bytes);
  const isSvg = /^\s*(<\?xml|<!--|<!doctype svg|<svg)/i.test(
    bytes.subarray(0, 200).toString('utf8'),
  );
  return {
    problem: isSvg
      ? 'is an SVG, which may hold programs and addresses: save it as PNG'
      : 'is neither a PNG nor a JPEG',
  };
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG = Buffer.from('ffd8ff', 'hex');
