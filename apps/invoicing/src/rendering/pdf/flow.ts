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

/** What a page has room for. */
export interface PageFrame {
  readonly top: number;
  readonly bottom: number;
  addPage(): void;
}

/** What stands on every page that a table goes on over. */
export interface PageTable {
  /** The head that every page after its first begins with; `carried` is the sum that the page before ended with. */
  continueTable(carried: string | undefined): readonly Block[];
  /** The foot of a page that is not its last. Unset: there is none. */
  carryForward?(sum: string): Block;
}

/** Lays blocks below each other, on as many pages as they need. */
export class Flow {
  readonly #frame: PageFrame;
  #y: number;
  #sum: string | undefined;
  #table: PageTable | undefined;

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

  /** From here on pages that follow have the head and the sum of that table. */
  beginTable(table: PageTable): void {
    this.#table = table;
    this.#sum = undefined;
  }

  /** From here on a page has neither a table's head nor its sum. */
  endTable(): void {
    this.#table = undefined;
  }

  /** Goes on on a page of its own, unless most of this one is empty. */
  startPart(): void {
    const { top, bottom } = this.#frame;
    if (this.#y > top + (bottom - top) / 4) this.#startPage();
  }

  /** Whether nothing stands on the page yet. */
  isAtTop(): boolean {
    return this.#y === this.#frame.top;
  }

  #startPage(): void {
    this.#frame.addPage();
    this.#y = this.#frame.top;
  }

  #layKept(kept: readonly Block[]): void {
    const height = kept.reduce((sum, block) => sum + block.height, 0);
    if (this.#y + height > this.#room() && !this.isAtTop()) this.#turnPage();
    for (const block of kept) {
      block.draw(this.#y);
      this.#y += block.height;
      this.#sum = block.sum ?? this.#sum;
    }
  }

  /** Where a page ends that another follows. */
  #room(): number {
    return this.#frame.bottom - (this.#table?.carryForward?.('').height ?? 0);
  }

  #turnPage(): void {
    const sum = this.#sum;
    if (sum !== undefined) this.#table?.carryForward?.(sum).draw(this.#y);
    this.#startPage();
    for (const block of this.#table?.continueTable(sum) ?? []) {
      block.draw(this.#y);
      this.#y += block.height;
    }
  }
}
