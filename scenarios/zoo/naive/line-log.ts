/** A file of lines, each a key and its new value, read back in order. It has no checksums: the naive stores trust. */
import type { Disk } from '../../../protocols/host.ts';
import type { Value } from '../../../protocols/protocol.ts';

export const logFile = 'log';

export class LineLog {
  readonly values: Map<string, Value>;
  readonly #disk: Disk;
  #end: number;

  private constructor(disk: Disk, values: Map<string, Value>, end: number) {
    this.#disk = disk;
    this.values = values;
    this.#end = end;
  }

  static async open(disk: Disk): Promise<LineLog> {
    const bytes = await disk.read(logFile, 0, await disk.size(logFile));
    // Where nothing was written there are zeros.
    const text = new TextDecoder().decode(bytes.filter((byte) => byte !== 0));
    const lines = text.split('\n').slice(0, -1);
    return new LineLog(disk, new Map(lines.map((line) => JSON.parse(line))), bytes.length);
  }

  /** Adds a line, which is not synced. */
  async append(key: string, value: Value): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify([key, value])}\n`);
    const at = this.#end;
    this.#end += bytes.length;
    await this.#disk.write(logFile, at, bytes);
  }
}
