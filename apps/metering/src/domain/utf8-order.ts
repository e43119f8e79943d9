const SURROGATES_FIRST = 0xd800;
const SURROGATES_LAST = 0xdfff;

/**
 * Compares two strings by their UTF-8 bytes; negative, zero or positive. JavaScript's `<` compares UTF-16 units,
 * which puts what is written with surrogates (U+10000 and above) before U+E000-U+FFFF; bytes put it after.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const unitOfA = a.charCodeAt(at);
    const unitOfB = b.charCodeAt(at);
    if (unitOfA === unitOfB) continue;
    const isSurrogateOfA = unitOfA >= SURROGATES_FIRST && unitOfA <= SURROGATES_LAST;
    const isSurrogateOfB = unitOfB >= SURROGATES_FIRST && unitOfB <= SURROGATES_LAST;
    // A surrogate is part of a four-byte character, which only another one can equal or exceed.
    if (isSurrogateOfA !== isSurrogateOfB) return isSurrogateOfA ? 1 : -1;
    return unitOfA - unitOfB;
  }
  return a.length - b.length;
}
