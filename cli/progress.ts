/** Progress on stderr: a bar on a terminal, otherwise a line whenever a tenth more is done. */
export class Progress {
  readonly #label: string;
  readonly #terminal = process.stderr.isTTY === true;
  #shown = -1;

  constructor(label: string) {
    this.#label = label;
  }

  /** @param detail what to say beside the count */
  show(done: number, total: number, detail = ''): void {
    const share = total === 0 ? 1 : done / total;
    if (this.#terminal) {
      const width = 30;
      const filled = Math.round(share * width);
      const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
      process.stderr.write(`\r\u001b[K${this.#label} ${bar} ${done}/${total} ${detail}`);
      return;
    }
    const step = Math.floor(share * 10);
    if (step === this.#shown) return;
    this.#shown = step;
    process.stderr.write(`${this.#label} ${done}/${total} ${detail}\n`);
  }

  end(): void {
    if (this.#terminal) process.stderr.write('\n');
  }
}
