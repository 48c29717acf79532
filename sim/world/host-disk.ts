/** The files of a program: each operation takes its time, and a dead program's operations never end. */
import { type Disk, DiskError } from '../../protocols/host.ts';
import type { Stream } from '../kernel/choices.ts';
import type { Operation } from './disk-trouble.ts';
import type { Incarnation } from './incarnation.ts';
import type { SyncFate } from './stored-file.ts';
import { eventKind } from './surroundings.ts';

/** What waits on the agenda for a file operation. */
export interface DiskOperation {
  readonly incarnation: Incarnation;
  complete(): void;
}

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
    return this.#look('read', name, () => {
      const bytes = this.#files.read(name, offset, length);
      for (const trouble of this.#troubles) trouble.misread?.(name, offset, bytes);
      return bytes;
    });
  }

  size(file: string): Promise<number> {
    const name = this.#name(file);
    return this.#look('size', name, () => this.#files.size(name));
  }

  write(file: string, offset: number, bytes: Uint8Array): Promise<void> {
    const name = this.#name(file);
    checkExtent('offset', offset);
    const { fingerprint } = this.#incarnation.machine.world;
    return this.#change('write', name, () => {
      fingerprint.addBytes(bytes);
      const room = this.#room(name, offset + bytes.length) - offset;
      if (room < bytes.length) {
        // What fits is written, as `write` of POSIX does.
        if (room > 0) this.#files.write(name, offset, bytes.subarray(0, room));
        throw full('write', name);
      }
      if (!this.#troubles.some((trouble) => trouble.misdirects?.(name, offset, bytes))) {
        this.#files.write(name, offset, bytes);
      }
    });
  }

  truncate(file: string, length: number): Promise<void> {
    const name = this.#name(file);
    checkExtent('length', length);
    return this.#change('truncation', name, () => {
      if (this.#room(name, length) < length) throw full('truncation', name);
      this.#files.truncate(name, length);
    });
  }

  sync(file: string): Promise<void> {
    const name = this.#name(file);
    return this.#sync(
      'sync',
      name,
      () => this.#files.beginSync(name),
      () => this.#files.isDirty(name),
    );
  }

  rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.#name(from), this.#name(to)];
    return this.#change('rename', source, () => this.#files.rename(source, target));
  }

  remove(file: string): Promise<void> {
    const name = this.#name(file);
    return this.#change('removal', name, () => this.#files.remove(name));
  }

  list(): Promise<string[]> {
    return this.#look('list', 'names', () => this.#files.list(this.#prefix));
  }

  syncNames(): Promise<void> {
    return this.#sync(
      'sync',
      'names',
      () => this.#files.beginSyncNames(),
      () => !this.#files.namesAreDurable,
    );
  }

  get #files() {
    return this.#incarnation.machine.files;
  }

  get #troubles() {
    return this.#incarnation.machine.troubles;
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

  /** How long the file may be if it is to have this length. */
  #room(name: string, length: number): number {
    const files = this.#files;
    const troubles = this.#troubles;
    const { capacityBytes } = files.traits;
    if (troubles.length === 0 && capacityBytes === Number.POSITIVE_INFINITY) return length;
    const size = files.size(name);
    if (length <= size) return length;
    if (troubles.some((trouble) => trouble.isFull?.())) return size;
    return Math.min(length, size + Math.max(0, capacityBytes - files.usedBytes()));
  }

  /** The error that a fault gives this operation, if it does. */
  #failure(kind: Operation, what: string, name: string): DiskError | undefined {
    const { machine } = this.#incarnation;
    if (!machine.troubles.some((trouble) => trouble.fails?.(kind))) return undefined;
    const error = new DiskError('io', `${what} of "${name}": input/output error`);
    machine.world.trace('disk error', machine.index, () => ({ error: error.message }));
    return error;
  }

  /** Looks when the operation ends. */
  #look<T>(what: string, name: string, look: () => T): Promise<T> {
    return this.#schedule('read', what, name, (error) => {
      if (error !== undefined) throw error;
      return look();
    });
  }

  /** Changes what readers see at once, and reports when the operation ends. */
  #change(what: string, name: string, change: () => void): Promise<void> {
    if (!this.#incarnation.effect()) return never();
    return this.#schedule('write', what, name, report, change);
  }

  /** Notes at once what is to become durable, and makes it so when the operation ends. */
  #sync(
    what: string,
    name: string,
    begin: () => (fate: SyncFate) => void,
    isDirty: () => boolean,
  ): Promise<void> {
    if (!this.#incarnation.effect()) return never();
    const end = begin();
    const lies = this.#troubles.length > 0 && this.#troubles.some((trouble) => trouble.lies?.(isDirty()));
    return this.#schedule('sync', what, name, (error) => {
      end(error === undefined ? (lies ? 'lies' : 'honest') : 'fails');
      if (error !== undefined) throw error;
      for (const trouble of this.#troubles) trouble.synced?.();
    });
  }

  /**
   * @param complete ends the operation, and is told if it failed
   * @param start changes things at once, unless the operation fails
   */
  #schedule<T>(
    kind: Operation,
    what: string,
    name: string,
    complete: (error: unknown) => T,
    start?: () => void,
  ): Promise<T> {
    const incarnation = this.#incarnation;
    if (!incarnation.alive) return never();
    const { machine } = incarnation;
    const { troubles } = machine;
    let delayUs = machine.world.disk[kind].sample(this.#delays[kind].below(4294967296));
    let error: unknown;
    if (troubles.length > 0) {
      error = this.#failure(kind, what, name);
      for (const trouble of troubles) delayUs = trouble.delayed?.(delayUs) ?? delayUs;
    }
    if (start !== undefined && error === undefined) {
      try {
        start();
      } catch (reason) {
        error = reason;
      }
    }
    return new Promise((resolve, reject) => {
      const operation: DiskOperation = {
        incarnation,
        complete: () => {
          try {
            resolve(complete(error));
          } catch (reason) {
            reject(reason);
          }
        },
      };
      machine.schedule(delayUs, eventKind.disk, operation);
    });
  }
}

/** Ends an operation that has done its work. */
function report(error: unknown): void {
  if (error !== undefined) throw error;
}

const full = (what: string, name: string) => new DiskError('full', `${what} of "${name}": no space left`);

function checkExtent(what: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`the ${what} is a whole number of bytes from 0, not ${value}`);
  }
}
