/**
 * A machine boots incarnations of a program. It outlives them, together with its disk and its clock.
 *
 * Invariants
 * 1. A dead incarnation has no effect on anything: its code may run on in a vacuum, but its host's methods do
 *    nothing, its promises never settle, its timers never fire.
 * 2. A kill may fall between any two effects of one turn.
 * 3. A program that does not catch an error of its disk ends, as a process would that panics.
 * 4. While a machine is paused nothing of it runs; what came in the meantime runs in order when it resumes.
 * 5. What an incarnation exposes is seen once more at the moment of its end, be that in the midst of a turn: whatever its
 *    effects let others know, a claim has seen why. What its code changes in the vacuum is never seen.
 */
import type { DiskError, HostId } from '../../protocols/host.ts';
import type { Handle } from '../kernel/agenda.ts';
import { hashText } from '../kernel/choices.ts';
import { MachineClock } from './clock.ts';
import { StoredFiles } from './disk.ts';
import type { DiskTrouble } from './disk-trouble.ts';
import type { Sampler } from './distribution.ts';
import { type Guest, Incarnation } from './incarnation.ts';
import type { Packet } from './packet.ts';
import type { Storage } from './spec.ts';
import { type Body, eventKind, type Surroundings } from './surroundings.ts';

/** How long it takes until a supervisor boots a program again that ended by itself. */
const supervisorUs = 1_000_000;

export class Machine implements Body {
  readonly index: number;
  readonly id: HostId;
  readonly clock = new MachineClock();
  readonly files: StoredFiles;
  readonly troubles: DiskTrouble[] = [];
  incarnation: Incarnation | undefined;
  paused = false;
  /** How often it was killed, and how many events had to wait for it while it was paused. */
  kills = 0;
  /** How often its program ended because of its disk. */
  halts = 0;
  held = 0;
  /** How many events had to wait because it was slow. */
  delayed = 0;
  /** Whether events may have to wait: it is paused or slow. */
  gated = false;
  readonly world: Surroundings;

  readonly #start: (incarnation: Incarnation) => Guest;
  #guest: Guest | undefined;
  readonly #tieLabel: string;
  readonly #tieHash: number;
  #boots = 0;
  /** The boot that a supervisor has planned. */
  #supervised: Handle | undefined;
  #backlog: { kind: number; payload: unknown }[] = [];
  readonly #burdens = new Set<() => number>();
  #busyUntilUs = 0;
  /** What waits for the processor, in order. */
  #queue: { kind: number; payload: unknown }[] = [];

  /** @param start boots what runs on it */
  constructor(world: Surroundings, index: number, id: HostId, start: (incarnation: Incarnation) => Guest) {
    this.world = world;
    this.files = new StoredFiles(world.diskTraits);
    this.index = index;
    this.id = id;
    this.#start = start;
    this.#tieLabel = `${id} tie`;
    this.#tieHash = hashText(this.#tieLabel);
  }

  get up(): boolean {
    return this.incarnation !== undefined;
  }

  get boots(): number {
    return this.#boots;
  }

  /** Whether something that is due waits, be it for its processor or for the end of a pause. */
  get stalled(): boolean {
    return this.paused || this.#queue.length > 0;
  }

  /**
   * Puts an event of this machine on the agenda. Its events of one instant stay in order; among the events of other
   * hosts at that instant their place is drawn, a function of host and instant.
   */
  schedule(delayUs: number, kind: number, payload: unknown): Handle {
    const { loop, choices, shuffled } = this.world;
    let tie = 0;
    if (shuffled) {
      const atUs = loop.nowUs + delayUs;
      tie = choices.draw(this.#tieHash, atUs, 4294967296, this.#tieLabel);
    }
    return loop.schedule(delayUs, tie, kind, this.index, payload);
  }

  /** What the running program exposes. */
  state(): object | undefined {
    return this.incarnation?.state();
  }

  /** Starts an incarnation of the program; without effect if one is running. */
  boot(): void {
    if (this.incarnation !== undefined) return;
    this.#unsupervise();
    this.#boots += 1;
    const incarnation = new Incarnation(this, this.#boots);
    this.incarnation = incarnation;
    this.world.trace('boot', this.index, () => ({ incarnation: incarnation.number }));
    this.#guest = this.#start(incarnation);
  }

  /** Ends the running incarnation at once. Returns how many unsynced changes of its disk were lost. */
  kill(storage: Storage): number {
    const { incarnation, isHalted } = this;
    if (incarnation === undefined && !isHalted) return 0;
    this.#unsupervise();
    this.kills += 1;
    this.#end();
    const lost = storage === 'keep' ? 0 : this.#losePower(storage);
    this.world.trace('kill', this.index, () => ({ incarnation: this.#boots, storage, changesLost: lost }));
    this.world.changed(this.index);
    return lost;
  }

  /**
   * The program ends because it did not catch an error of its disk, which keeps what it has. A supervisor boots it
   * again after `supervisorUs`.
   */
  halt(error: DiskError): void {
    if (this.incarnation === undefined) return;
    this.halts += 1;
    this.#end();
    this.#supervised = this.schedule(supervisorUs, eventKind.boot, undefined);
    const { code, message } = error;
    this.world.trace('halt', this.index, () => ({ incarnation: this.#boots, code, error: message }));
    this.world.changed(this.index);
  }

  /** Whether its program ended by itself and is to boot again. */
  get isHalted(): boolean {
    return this.#supervised !== undefined;
  }

  #unsupervise(): void {
    if (this.#supervised !== undefined) this.world.loop.agenda.cancel(this.#supervised);
    this.#supervised = undefined;
  }

  #losePower(storage: Exclude<Storage, 'keep'>): number {
    const { choices, atlas } = this.world;
    const draw = (limit: number, label: string) => choices.below(limit, `${this.id} ${label}`);
    return this.files.losePower(draw, storage, (file, loss) => atlas.lost(this.id, file, loss));
  }

  /** Ends the running incarnation, after a last look at what it exposes. */
  #end(): void {
    const { incarnation } = this;
    if (incarnation === undefined) return;
    // Dead before the look: a view that does more than to show has no effect, and cannot end it a second time.
    incarnation.alive = false;
    this.world.ending(this.index);
    incarnation.end();
    this.incarnation = undefined;
    this.paused = false;
    this.#busyUntilUs = 0;
    this.#gate();
    const { network } = this.world;
    for (const { kind, payload } of [...this.#backlog, ...this.#queue]) {
      if (kind === eventKind.deliver) network.discard(payload as Packet);
    }
    this.#backlog = [];
    this.#queue = [];
    network.killed(this.index);
  }

  /** Kills the running incarnation after so many more effects, in the midst of a turn; -1 takes that back. */
  doom(effects: number, storage: Storage = 'lose-unsynced'): void {
    if (this.incarnation === undefined) return;
    this.incarnation.effectsLeft = effects;
    this.incarnation.doomedStorage = storage;
  }

  /** Runs the tasks of `onStop`, last registered first, then ends the incarnation. Nothing on the disk is lost. */
  async stop(): Promise<void> {
    const incarnation = this.incarnation;
    if (incarnation === undefined) return;
    const stopping = async () => {
      for (const task of [...incarnation.stopTasks].reverse()) {
        try {
          await task();
        } catch (error) {
          // A dead program's complaints come out of a vacuum.
          if (incarnation.alive) this.world.uncaught(this.index, error);
        }
      }
      if (!incarnation.alive) return;
      this.world.network.stopped(this.index);
      this.kill('keep');
    };
    // A kill in the midst of a task leaves that task waiting for ever.
    await Promise.race([stopping(), incarnation.ended]);
  }

  pause(): void {
    if (this.paused || this.incarnation === undefined) return;
    this.paused = true;
    this.gated = true;
    this.world.trace('pause', this.index);
    this.world.changed(this.index);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#gate();
    const backlog = this.#backlog;
    this.#backlog = [];
    this.world.trace('resume', this.index, () => ({ events: backlog.length }));
    // A tie of 0 and the order of insertion keep their order.
    for (const { kind, payload } of backlog) this.world.loop.schedule(0, 0, kind, this.index, payload);
    this.world.changed(this.index);
  }

  /**
   * From now on every event takes this much of the machine's processor, which does one thing at a time. Gives back
   * what takes the burden off again; burdens add up.
   */
  burden(cost: Sampler, label: string): () => void {
    const draws = this.world.choices.stream(`${this.id} ${label} cost`);
    const own = () => cost.sample(draws.below(4294967296));
    this.#burdens.add(own);
    this.#gate();
    return () => {
      this.#burdens.delete(own);
      if (this.#burdens.size === 0) this.#catchUp();
      this.#gate();
    };
  }

  /** Whether an event that is due now must wait: until the machine resumes, or until its processor has time for it. */
  defers(kind: number, payload: unknown): boolean {
    if (this.paused) {
      this.held += 1;
      this.#backlog.push({ kind, payload });
      return true;
    }
    const { nowUs } = this.world.loop;
    let costUs = 0;
    for (const burden of this.#burdens) costUs += burden();
    const endUs = Math.max(nowUs, this.#busyUntilUs) + costUs;
    if (endUs === nowUs) return false;
    this.#busyUntilUs = endUs;
    this.delayed += 1;
    const waiting = { kind, payload };
    this.#queue.push(waiting);
    if (this.#queue.length === 1) this.world.changed(this.index);
    this.world.at(endUs, () => {
      // Its processor may have got time before, or lost its memory.
      if (this.#queue[0] !== waiting) return;
      this.#queue.shift();
      if (!this.paused) this.world.perform(this.index, kind, payload);
      else this.defers(kind, payload);
    });
    return true;
  }

  /** Nothing takes time any more: what waited for the processor happens now, in order. */
  #catchUp(): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#busyUntilUs = 0;
    for (const { kind, payload } of queue) this.world.loop.schedule(0, 0, kind, this.index, payload);
  }

  #gate(): void {
    this.gated = this.paused || this.#burdens.size > 0;
  }

  /** A packet reaches the machine. False if no program code ran. */
  receive(packet: Packet): boolean {
    const incarnation = this.incarnation;
    if (packet.role === 'send' || packet.role === 'call') {
      if (incarnation === undefined) {
        this.#turnAway(packet);
        return false;
      }
      return this.#guest!.deliver(packet);
    }
    return packet.call!.answer(packet);
  }

  /** What a network stack answers for a machine without a program: nothing, a refused connection, or a reset. */
  #turnAway(packet: Packet): void {
    const { network, choices } = this.world;
    network.counters.unanswered += 1;
    const connection = packet.passage?.connection;
    if (packet.role !== 'call' && connection === undefined) return;
    const answer = choices.below(3, `${this.id} down, answers ${this.world.names[packet.from]}`);
    if (connection !== undefined) {
      network.turnAway(connection, answer);
      return;
    }
    if (answer === 0) return;
    const refuses = answer === 1 && !packet.repeated;
    network.transmit({
      role: refuses ? 'refusal' : 'reset',
      kind: packet.kind.answer,
      from: this.index,
      to: packet.from,
      call: packet.call,
      body: refuses ? `${this.id} is down` : `${this.id} reset the connection`,
      holdsBytes: false,
      bytes: 0,
      hash: answer,
      repeated: false,
      passage: undefined,
    });
  }
}
