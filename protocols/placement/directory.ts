/** The one host that says who the members are: it numbers the views and keeps all of them, durably. */
import { Cell } from '../cell.ts';
import { type Host, type HostId, isRefused, isTimedOut, Refused } from '../host.ts';
import type { MembersClient } from '../protocol.ts';
import {
  type Change,
  changed,
  equalShares,
  firstView,
  type View,
  type Views,
  type WeightOf,
} from './view.ts';

export type DirectoryWire = {
  /** All views newer than that version. */
  views(ask: { readonly after: number }): { readonly views: readonly View[] };
  /**
   * Carries out a change of the view with that version. `isDone` is false if there is a newer one: then whoever asks
   * must look again, and so a late copy of an old request changes nothing.
   */
  change(ask: Change & { readonly version: number }): {
    readonly isDone: boolean;
    readonly views: readonly View[];
  };
};

/** What a directory shows: the latest view that is durable. */
export interface DirectoryView {
  readonly role: 'directory';
  readonly version: number;
  readonly members: readonly HostId[];
}

/**
 * Serves views from now on; resolves when it has read its disk.
 * @param first the members at the very start
 */
export async function directory(
  host: Host<DirectoryWire>,
  first: readonly HostId[],
  weightOf: WeightOf = equalShares,
): Promise<void> {
  const cell = new Cell(host.disk, 'views');
  const saved = await cell.read();
  let views =
    saved === null
      ? [firstView(first, weightOf)]
      : (JSON.parse(new TextDecoder().decode(saved)) as readonly View[]);
  let shown: DirectoryView;
  const show = () => {
    const { version, members } = views.at(-1)!;
    shown = { role: 'directory', version, members: members.map(({ id }) => id) };
  };
  show();
  host.expose(() => shown);

  /** Changes wait for each other: each is made to the view that the one before has left, and nobody sees it earlier. */
  let last: Promise<unknown> = Promise.resolve();
  const carryOut = async (change: Change, version: number): Promise<boolean> => {
    const latest = views.at(-1)!;
    const next = changed(latest, change);
    if (next === latest) return true;
    if (latest.version !== version) return false;
    if (next === null) throw new Refused(`${change.server} is the last member`);
    const all = [...views, next];
    await cell.write(new TextEncoder().encode(JSON.stringify(all)));
    views = all;
    show();
    host.log('members changed', { version: next.version, [change.change]: change.server });
    return true;
  };
  host.on('views', ({ after }) => ({ views: views.slice(after) }));
  host.on('change', async ({ version, ...change }) => {
    const done = last.then(() => carryOut(change, version));
    last = done.catch(() => {});
    const isDone = await done;
    return { isDone, views: views.slice(version) };
  });
}

/** What a host knows of the views, and how it learns of newer ones. */
export class Lookout {
  readonly views: Views;
  readonly #host: Host<DirectoryWire>;
  readonly #directory: HostId;
  readonly #timeoutMs: number;
  readonly #onNews: () => void;
  #asking: Promise<boolean> | null = null;

  constructor(
    host: Host<DirectoryWire>,
    directory: HostId,
    timeoutMs: number,
    views: Views,
    onNews: () => void = () => {},
  ) {
    this.#host = host;
    this.#directory = directory;
    this.#timeoutMs = timeoutMs;
    this.views = views;
    this.#onNews = onNews;
  }

  adopt(views: readonly View[]): void {
    if (this.views.adopt(views)) this.#onNews();
  }

  /** Asks the directory for newer views; false if it did not answer. */
  refresh(): Promise<boolean> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** Like refresh, but never by an answer to a question of before: every view is known that was there at the call. */
  async refreshAnew(): Promise<boolean> {
    if (this.#asking !== null) await this.#asking;
    return this.refresh();
  }

  /** True if a view of at least that version is known, which the directory is asked for if need be. */
  async reaches(version: number): Promise<boolean> {
    if (this.views.version < version) await this.refresh();
    return this.views.version >= version;
  }

  /** Asks now, and again and again from now on. */
  async watch(everyMs: number): Promise<void> {
    for (;;) {
      await this.refresh();
      await this.#host.clock.sleep(everyMs);
    }
  }

  async #ask(): Promise<boolean> {
    const ask = { after: this.views.version };
    try {
      const { views } = await this.#host.call(this.#directory, 'views', ask, { timeoutMs: this.#timeoutMs });
      this.adopt(views);
      return true;
    } catch (error) {
      if (isRefused(error) || isTimedOut(error)) return false;
      throw error;
    }
  }
}

/** What an operator works with. */
export function directoryMembers(
  host: Host<DirectoryWire>,
  directory: HostId,
  timeoutMs: number,
  weightOf: WeightOf = equalShares,
): MembersClient {
  let version = 0;
  const carryOut = async (change: Change): Promise<void> => {
    if (version === 0) {
      // Whatever becomes of this, nothing has changed.
      const { views } = await host.call(directory, 'views', { after: 0 }, { timeoutMs }).catch(refuse);
      version = views.at(-1)!.version;
    }
    for (;;) {
      // An attempt that was not done has changed nothing.
      const { isDone, views } = await host.call(directory, 'change', { ...change, version }, { timeoutMs });
      version = views.at(-1)?.version ?? version;
      if (isDone) return;
    }
  };
  return {
    add: (server) => carryOut({ change: 'add', server, weight: weightOf(server) }),
    remove: (server) => carryOut({ change: 'remove', server, weight: weightOf(server) }),
  };
}

function refuse(error: unknown): never {
  if (!isTimedOut(error)) throw error;
  throw new Refused('the directory has not said who the members are');
}
