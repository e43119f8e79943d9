import { sizeProblem, type ReadPicture } from '../domain/logo';

/** A frame that every program draws: baseline, extended and progressive, by Huffman. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const START_OF_SCAN = 0xda;
const COMMENT = 0xfe;
/** Kept of those of applications: JFIF, and how Adobe wrote the colours. */
const JFIF = 0xe0;
const ADOBE = 0xee;
const END = Buffer.from('ffd9', 'hex');

interface Frame {
  readonly bits: number;
  readonly height: number;
  readonly width: number;
  readonly components: number;
}

/** A JPEG in grey or RGB, without what cameras and programs wrote beside the pixels. */
export function readJpeg(bytes: Buffer): ReadPicture {
  const broken = { problem: 'is a JPEG that is damaged' };
  const kept = [bytes.subarray(0, 2)];
  let frame: Frame | undefined;
  let at = 2;
  while (bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (at + 4 > bytes.length) return broken;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length || end < at + 4) return broken;
    const segment = bytes.subarray(at, end);
    if (FRAMES.includes(marker)) frame = frameOf(segment);
    if (isOfPicture(marker)) kept.push(segment);
    at = end;
    if (marker === START_OF_SCAN) break;
  }
  const last = bytes.lastIndexOf(END);
  if (frame === undefined || last < at) return broken;
  const { width, height, bits, components } = frame;
  if (bits !== 8 || (components !== 1 && components !== 3))
    return { problem: 'is a JPEG in other colours than grey or RGB of 8 bits: save it as RGB' };
  const problem = sizeProblem(width, height);
  if (problem !== undefined) return { problem };
  const content = Buffer.concat([...kept, bytes.subarray(at, last + END.length)]);
  return { mediaType: 'image/jpeg', width, height, content };
}

function frameOf(segment: Buffer): Frame | undefined {
  const [bits, components] = [segment[4], segment[9]];
  if (bits === undefined || components === undefined) return undefined;
  return { bits, components, height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) };
}

function isOfPicture(marker: number): boolean {
  const isOfApplication = marker >= JFIF && marker <= 0xef;
  return marker !== COMMENT && (!isOfApplication || marker === JFIF || marker === ADOBE);
}
