/** A text file that is written line by line while something goes on. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

export class LineFile {
  readonly #stream: WriteStream;
  readonly #failed: Promise<never>;

  private constructor(stream: WriteStream) {
    this.#stream = stream;
    this.#failed = new Promise((_, reject) => stream.once('error', reject));
    this.#failed.catch(() => {}); // told when it is closed
  }

  /** Replaces what there was; makes the folder. Rejects with the system's error if it cannot be written. */
  static async open(path: string): Promise<LineFile> {
    await mkdir(dirname(path), { recursive: true });
    const stream = createWriteStream(path);
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject);
      stream.once('open', () => {
        stream.off('error', reject);
        resolve();
      });
    });
    return new LineFile(stream);
  }

  /** Without its line break. */
  add(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  /** Resolves when all lines are with the system; rejects if any of them could not be written. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#stream.end(resolve));
    await Promise.race([closed, this.#failed]);
  }
}
