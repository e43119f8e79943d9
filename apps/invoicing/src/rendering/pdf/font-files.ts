import { assert } from '@billingrails/errors';
import { openSync, type Font } from 'fontkit';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Bold where the family has it. */
export type Weight = 400 | 700;

/** The families, of which the first that has a character is taken: files of packages of `@expo-google-fonts`. */
const FAMILIES = [
  {
    of: 'noto-sans',
    400: '400Regular/NotoSans_400Regular.ttf',
    700: '700Bold/NotoSans_700Bold.ttf',
  },
  {
    of: 'noto-sans-arabic',
    400: '400Regular/NotoSansArabic_400Regular.ttf',
    700: '700Bold/NotoSansArabic_700Bold.ttf',
  },
  {
    of: 'noto-sans-hebrew',
    400: '400Regular/NotoSansHebrew_400Regular.ttf',
    700: '700Bold/NotoSansHebrew_700Bold.ttf',
  },
  {
    of: 'noto-sans-thai',
    400: '400Regular/NotoSansThai_400Regular.ttf',
    700: '700Bold/NotoSansThai_700Bold.ttf',
  },
  // Japanese, and with it most of Chinese.
  { of: 'kosugi', 400: 'Kosugi_400Regular.ttf' },
  // Korean.
  {
    of: 'nanum-gothic',
    400: '400Regular/NanumGothic_400Regular.ttf',
    700: '700Bold/NanumGothic_700Bold.ttf',
  },
  { of: 'noto-emoji', 400: '400Regular/NotoEmoji_400Regular.ttf' },
] as const;

/** Packages are found from where the program lies: the source, or the bundle, which has them beside it. */
const resolver = createRequire(process.argv[1] ?? join(process.cwd(), 'program'));

/** A font file, read when it is first asked. */
export class FontFile {
  /** Another of each file. */
  readonly name: string;
  readonly path: string;
  readonly #known = new Map<number, boolean>();
  #font: Font | undefined;

  constructor(family: string, file: string) {
    this.name = `${family}/${file}`;
    const folder = dirname(resolver.resolve(`@expo-google-fonts/${family}/package.json`));
    this.path = join(folder, file);
  }

  /** Whether it has a glyph of the code point. */
  covers(codePoint: number): boolean {
    const known = this.#known.get(codePoint);
    if (known !== undefined) return known;
    const covers = this.#glyphs().hasGlyphForCodePoint(codePoint);
    this.#known.set(codePoint, covers);
    return covers;
  }

  #glyphs(): Font {
    if (this.#font === undefined) {
      const font = openSync(this.path);
      assert('hasGlyphForCodePoint' in font, 'each file holds one font');
      this.#font = font;
    }
    return this.#font;
  }
}

const opened = new Map<Weight, readonly FontFile[]>();

/** The files of a weight, the preferred first; of a family without it, the other. */
export function fontFiles(weight: Weight): readonly FontFile[] {
  const known = opened.get(weight);
  if (known !== undefined) return known;
  const files = FAMILIES.map((family) => {
    const file = weight === 700 && 700 in family ? family[700] : family[400];
    return new FontFile(family.of, file);
  });
  opened.set(weight, files);
  return files;
}
