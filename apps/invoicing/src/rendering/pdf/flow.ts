/** A part of a page that is not broken: a line's name, a step of its arithmetic. */
export interface Block {
  /** In points. */
  readonly height: number;
  /** Draws it with its top at y. */
  draw(y: number): void;
  /** The page does not end after it where it need not: a name stays with its first detail. */
  readonly keepWithNext?: boolean;
  /** The sum of the lines that end up to and with this block, for the foot of a page that ends after it. */
  readonly sum?: string;
}

/** What a page has room for, and what stands on it beside the blocks. */
export interface PageFrame {
  readonly top: number;
  readonly bottom: number;
  addPage(): void;
  /** The head that every page after the first begins with; `carried` is the sum that the page before ended with. */
  continueTable(carried: string | undefined): readonly Block[];
  /** The foot of a page that is not the last. */
  carryForward(sum: string): Block;
}

/** Lays blocks below each other, on as many pages as they need. */
export class Flow {
  readonly #frame: PageFrame;
  #y: number;
  #sum: string | undefined;
  #isTableOver = false;

  constructor(frame: PageFrame) {
    this.#frame = frame;
    this.#y = frame.top;
  }

  /** What must not be parted is laid together: a block, and those that it is kept with. */
  lay(blocks: readonly Block[]): void {
    let kept: Block[] = [];
    for (const block of blocks) {
      kept.push(block);
      if (block.keepWithNext) continue;
      this.#layKept(kept);
      kept = [];
    }
    if (kept.length > 0) this.#layKept(kept);
  }

  /** From here on a page has neither the table's head nor its sum. */
  endTable(): void {
    this.#isTableOver = true;
  }

  #layKept(kept: readonly Block[]): void {
    const height = kept.reduce((sum, block) => sum + block.height, 0);
    if (this.#y + height > this.#room() && this.#y > this.#frame.top) this.#turnPage();
    for (const block of kept) {
      block.draw(this.#y);
      this.#y += block.height;
      this.#sum = block.sum ?? this.#sum;
    }
  }

  /** Where a page ends that another follows. */
  #room(): number {
    if (this.#isTableOver) return this.#frame.bottom;
    return this.#frame.bottom - this.#frame.carryForward('').height;
  }

  #turnPage(): void {
    if (this.#isTableOver) {
      this.#frame.addPage();
      this.#y = this.#frame.top;
      return;
    }
    const sum = this.#sum;
    if (sum !== undefined) this.#frame.carryForward(sum).draw(this.#y);
    this.#frame.addPage();
    this.#y = this.#frame.top;
    for (const block of this.#frame.continueTable(sum)) {
      block.draw(this.#y);
      this.#y += block.height;
    }
  }
}
