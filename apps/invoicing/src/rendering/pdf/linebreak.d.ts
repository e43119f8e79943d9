declare module 'linebreak' {
  /** Finds where lines may end by UAX #14. */
  class LineBreaker {
    constructor(text: string);
    /** The next place, in UTF-16 units; null at the end. */
    nextBreak(): { readonly position: number; readonly required: boolean } | null;
  }
  export = LineBreaker;
}
