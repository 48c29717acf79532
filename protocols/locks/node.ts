/** One node that keeps locks: a Redis as far as locks need it, with expiry by a clock of its own. */
import { Cell } from '../cell.ts';
import { type Host, Refused } from '../host.ts';
import { alarm } from './alarm.ts';
import { coalesced } from './coalesced.ts';
import { mustBeTtl } from './lease.ts';
import type { LockWire } from './messages.ts';
import type { NodeOptions } from './options.ts';
import type { LockRules } from './rules.ts';
import { LockTable, type TableView } from './table.ts';

/** What a node shows: the keys that are locked, and who waits for them. */
export interface NodeView extends TableView {
  readonly role: 'node';
}

export function lockNode(options: NodeOptions, rules: LockRules) {
  return async (host: Host<LockWire>): Promise<void> => {
    const { persistence, ttlMax } = options;
    const now = () => rules.now(host.clock);
    const bootMs = host.clock.elapsed();
    const table = new LockTable(persistence === 'always', rules);
    const disk = await openSave(host, persistence, () => table.save());
    if (disk.found !== null) table.load(disk.found, now());
    const delayMs = rules.restartDelayMs(options) - (host.clock.elapsed() - bootMs);
    let isSilent = delayMs > 0;
    if (isSilent) {
      host.clock.after(delayMs, () => {
        isSilent = false;
      });
    }

    let view: NodeView;
    const show = () => {
      view = { role: 'node', ...table.view() };
    };
    const expire = () => {
      if (table.purge(now())) show();
    };
    // By a jumping clock that may be too late, but never for good.
    const watch = alarm(host.clock, () => table.leftMs(now()), expire);
    watch();
    show();
    host.expose((): NodeView => view);

    const checkTtl = (ttlMs: number | null) => {
      if (isSilent) throw new Refused('this node has just started and may have forgotten who holds what');
      if (ttlMs !== null) mustBeTtl(ttlMs, ttlMax);
    };

    host.on('acquire', async (claim) => {
      checkTtl(claim.ttlMs);
      expire();
      const grant = table.acquire(claim, now(), host.clock.now());
      watch();
      if (grant === null) {
        if (claim.fair) show();
        return null;
      }
      show();
      await disk.changed();
      return grant;
    });
    host.on('renew', async (ask) => {
      checkTtl(ask.ttlMs);
      expire();
      const isRenewed = table.renew(ask, now());
      if (!isRenewed) return false;
      show();
      watch();
      await disk.changed();
      return true;
    });
    host.on('release', async (ask) => {
      expire();
      const isReleased = table.release(ask, now());
      if (!isReleased) return false;
      show();
      await disk.changed();
      return true;
    });
    host.on('forceUnlock', async ({ key }) => {
      expire();
      if (!table.forceUnlock(key, now())) return false;
      host.log('unlocked by force', { key });
      show();
      await disk.changed();
      return true;
    });
    host.on('info', ({ key }) => {
      expire();
      return table.info(key, now(), host.clock.now());
    });
    // It ends with the program, whose error it is if it fails.
    await disk.saving;
  };
}

interface Save {
  /** What an earlier life saved. */
  readonly found: Uint8Array | null;
  /** Resolves when what changed is as durable as it must be before anybody is told. */
  changed(): Promise<void>;
  /** Rejects when it cannot be saved any more. */
  readonly saving: Promise<void>;
}

/** Everything in one cell, written as often as the option says. */
async function openSave(host: Host<LockWire>, persistence: string, content: () => Uint8Array): Promise<Save> {
  const saving = Promise.resolve();
  if (persistence === 'none') return { found: null, changed: () => saving, saving };
  const cell = new Cell(host.disk, 'locks');
  const found = await cell.read();
  if (persistence === 'always') return { found, changed: coalesced(() => cell.write(content())), saving };
  let isDirty = false;
  const save = async () => {
    for (;;) {
      await host.clock.sleep(1000);
      if (!isDirty) continue;
      isDirty = false;
      await cell.write(content());
    }
  };
  const changed = () => {
    isDirty = true;
    return Promise.resolve();
  };
  return { found, changed, saving: save() };
}
