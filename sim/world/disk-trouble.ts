/** A fault of a disk as the file operations of one machine meet it. Every part is asked only while it is in force. */

export type Operation = 'read' | 'write' | 'sync';

export interface DiskTrouble {
  /** How long an operation takes that would take `delayUs`. */
  delayed?(delayUs: number): number;
  /** Whether an operation fails. */
  fails?(operation: Operation): boolean;
  /** A sync claims what it does not do. `isDirty` says whether there was anything to do. */
  lies?(isDirty: boolean): boolean;
  /** No file may grow. Called when one would. */
  isFull?(): boolean;
  /** What a read returns instead of the bytes that are there. */
  misread?(name: string, offset: number, bytes: Uint8Array): void;
  /** True if the write took place elsewhere, or will. */
  misdirects?(name: string, offset: number, bytes: Uint8Array): boolean;
  /** The file was made durable. */
  synced?(): void;
}
