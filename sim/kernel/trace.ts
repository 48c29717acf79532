/** What happened: a rolling fingerprint always, the events themselves on demand. */

/** One thing that happened. Plain data. */
export interface TraceEvent {
  /** Counts trace events from 0. */
  readonly seq: number;
  /** The number of the loop's event during which it happened. */
  readonly event: number;
  /** The number of the loop's event that scheduled that one: the causal parent. -1: the start of the run. */
  readonly cause: number;
  readonly atUs: number;
  /** The host it happened on; absent for the world's own events. */
  readonly host?: string;
  readonly type: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/**
 * A rolling hash over everything that happens in a run, two 32-bit lanes. Equal runs have equal fingerprints in any
 * process and on any runtime; runs that differ anywhere almost surely differ here.
 */
export class Fingerprint {
  #a = 0x6a09e667;
  #b = 0xbb67ae85 | 0;

  add(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x9e3779b1);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul((this.#b + word) | 0, 0x85ebca6b);
    this.#b ^= this.#b >>> 13;
  }

  /** A whole number below 2^53, such as a time. */
  addTime(timeUs: number): void {
    this.add(timeUs | 0);
    this.#b = (this.#b + ((timeUs / 4294967296) | 0)) | 0;
  }

  addText(text: string): void {
    let a = 0;
    for (let i = 0; i < text.length; i += 1) a = (Math.imul(a, 31) + text.charCodeAt(i)) | 0;
    this.add(a);
    this.add(text.length);
  }

  addBytes(bytes: Uint8Array): void {
    let a = 0;
    for (let i = 0; i < bytes.length; i += 1) a = (Math.imul(a, 31) + bytes[i]!) | 0;
    this.add(a);
    this.add(bytes.length);
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    const digits = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
    return digits(this.#a) + digits(this.#b);
  }
}
