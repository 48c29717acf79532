/** The files of a program: each operation takes its time, and a dead program's operations never end. */
import type { Disk } from '../../protocols/host.ts';
import type { Stream } from '../kernel/choices.ts';
import type { Incarnation } from './incarnation.ts';
import { eventKind } from './surroundings.ts';

/** What waits on the agenda for a file operation. */
export interface DiskOperation {
  readonly incarnation: Incarnation;
  complete(): void;
}

type Operation = 'read' | 'write' | 'sync';

const never = <T>(): Promise<T> => new Promise<T>(() => {});

export class SimulatedDisk implements Disk {
  readonly #incarnation: Incarnation;
  readonly #prefix: string;
  /** Names as the machine knows them, by what the program calls them. */
  readonly #names = new Map<string, string>();
  readonly #delays: Readonly<Record<Operation, Stream>>;

  constructor(incarnation: Incarnation, prefix: string) {
    const { world, id } = incarnation.machine;
    this.#incarnation = incarnation;
    this.#prefix = prefix;
    const delays = (kind: Operation) => world.choices.stream(`${id} disk ${kind}`);
    this.#delays = { read: delays('read'), write: delays('write'), sync: delays('sync') };
  }

  read(file: string, offset: number, length: number): Promise<Uint8Array> {
    const name = this.#name(file);
    checkExtent('offset', offset);
    checkExtent('length', length);
    return this.#operate('read', () => this.#files.read(name, offset, length));
  }

  size(file: string): Promise<number> {
    const name = this.#name(file);
    return this.#operate('read', () => this.#files.size(name));
  }

  write(file: string, offset: number, bytes: Uint8Array): Promise<void> {
    const name = this.#name(file);
    checkExtent('offset', offset);
    const { fingerprint } = this.#incarnation.machine.world;
    return this.#change('write', () => {
      fingerprint.addBytes(bytes);
      this.#files.write(name, offset, bytes);
    });
  }

  truncate(file: string, length: number): Promise<void> {
    const name = this.#name(file);
    checkExtent('length', length);
    return this.#change('write', () => this.#files.truncate(name, length));
  }

  sync(file: string): Promise<void> {
    const name = this.#name(file);
    return this.#begin('sync', () => this.#files.beginSync(name));
  }

  rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.#name(from), this.#name(to)];
    return this.#change('write', () => this.#files.rename(source, target));
  }

  remove(file: string): Promise<void> {
    const name = this.#name(file);
    return this.#change('write', () => this.#files.remove(name));
  }

  list(): Promise<string[]> {
    return this.#operate('read', () => this.#files.list(this.#prefix));
  }

  syncNames(): Promise<void> {
    return this.#begin('sync', () => this.#files.beginSyncNames());
  }

  get #files() {
    return this.#incarnation.machine.files;
  }

  #name(file: string): string {
    const known = this.#names.get(file);
    if (known !== undefined) return known;
    const isSafe = /^[\w.-]+(\/[\w.-]+)*$/.test(file) && !/(^|\/)\.\.?(\/|$)/.test(file);
    if (!isSafe) throw new TypeError(`a file is named with letters, digits and . _ - /, not "${file}"`);
    const name = this.#prefix + file;
    this.#names.set(file, name);
    return name;
  }

  /** Looks when the operation ends. */
  #operate<T>(kind: 'read', look: () => T): Promise<T> {
    return this.#schedule(kind, look);
  }

  /** Changes what readers see at once, and reports when the operation ends. */
  #change(kind: 'write', change: () => void): Promise<void> {
    if (!this.#incarnation.effect()) return never();
    try {
      change();
    } catch (error) {
      return this.#schedule(kind, () => {
        throw error;
      });
    }
    return this.#schedule(kind, () => {});
  }

  /** Notes at once what is to become durable, and makes it so when the operation ends. */
  #begin(kind: 'sync', begin: () => () => void): Promise<void> {
    if (!this.#incarnation.effect()) return never();
    return this.#schedule(kind, begin());
  }

  #schedule<T>(kind: Operation, complete: () => T): Promise<T> {
    const incarnation = this.#incarnation;
    if (!incarnation.alive) return never();
    const { machine } = incarnation;
    const delayUs = machine.world.disk[kind].sample(this.#delays[kind].below(4294967296));
    return new Promise((resolve, reject) => {
      const operation: DiskOperation = {
        incarnation,
        complete: () => {
          try {
            resolve(complete());
          } catch (error) {
            reject(error);
          }
        },
      };
      machine.schedule(delayUs, eventKind.disk, operation);
    });
  }
}

function checkExtent(what: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`the ${what} is a whole number of bytes from 0, not ${value}`);
  }
}
