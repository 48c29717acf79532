/**
 * Carries packets between hosts. What happens to packet k of a kind on the way from a to b is drawn under the label
 * `a>b kind …` with ordinal k, so that a packet more on one link, or of one kind, moves nothing elsewhere. Nothing is
 * kept for a link until its first packet.
 *
 * A partition is decided at delivery: packets under way when it comes are lost, packets sent into it arrive if it
 * heals in time.
 */
import type { HostId, Ratio } from '../../protocols/host.ts';
import { type Choices, hashText, joinHash } from '../kernel/choices.ts';
import { Sampler } from './distribution.ts';
import { Kind, Kinds, type Packet } from './packet.ts';
import type { LinkSpec, NetworkSpec } from './spec.ts';

/** A partition: says which directions are cut. */
export interface Cut {
  blocks(from: number, to: number): boolean;
  /** Packets it swallowed. */
  bites: number;
}

/** A packet fault: makes links from or to some hosts worse for a while. */
export interface Disturbance {
  readonly hosts: ReadonlySet<number>;
  readonly link: Pick<LinkSpec, 'loss' | 'duplicate'> & { readonly delay: Sampler };
  /** What its draws are labelled with, apart from the ordinary ones of a link and those of other faults. */
  readonly label: string;
  bites: number;
}

export interface NetworkCounters {
  sent: number;
  delivered: number;
  /** Vanished on a lossy link. */
  lost: number;
  duplicated: number;
  /** Swallowed by a partition. */
  cut: number;
  /** Arrived at a machine that was down. */
  unanswered: number;
  /** Refused by a full outbox. */
  dropped: number;
}

interface CompiledLink {
  readonly latency: Sampler;
  readonly loss: Ratio;
  readonly duplicate: Ratio;
  readonly reorder: Ratio;
  readonly reorderBy: Sampler;
}

/** What the network needs of the world. */
export interface Carrier {
  readonly nowUs: number;
  /** Delivers after a delay; `tie` orders packets of one instant. */
  deliverAfter(delayUs: number, tie: number, packet: Packet): void;
  trace(type: string, host: number, detail: () => Record<string, unknown>): void;
}

/** What is drawn for a packet: each has a label of its own on each link. */
interface Family {
  readonly name: string;
  readonly hash: number;
}

const family = (name: string): Family => ({ name, hash: hashText(name) });

const families = {
  delay: family('delay'),
  tie: family('tie'),
  loss: family('loss'),
  duplicate: family('duplicate'),
  copyDelay: family('copy delay'),
  reorder: family('reorder'),
  reorderBy: family('reorder by'),
};

const loopbackUs = 5;
/** Bytes that one host may have under way before its sends are dropped. */
const outboxBytesMax = 64 * 1024 * 1024;

export class Network {
  readonly counters: NetworkCounters = {
    sent: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    cut: 0,
    unanswered: 0,
    dropped: 0,
  };
  readonly cuts: Cut[] = [];
  readonly disturbances: Disturbance[] = [];

  readonly #choices: Choices;
  readonly #carrier: Carrier;
  readonly #names: readonly HostId[];
  readonly #hashes: Int32Array;
  readonly #kinds = new Map<string, Kind>();
  readonly #mounts = new Map<string, Kinds>();
  readonly #link: CompiledLink;
  readonly #exceptions = new Map<number, CompiledLink>();
  readonly #outboxBytes: Float64Array;
  readonly #shuffled: boolean;
  /** By index: 1 for the hosts whose links among each other no fault touches any more. */
  #core: Uint8Array | undefined;

  constructor(
    spec: NetworkSpec,
    names: readonly HostId[],
    choices: Choices,
    carrier: Carrier,
    ties: 'random' | 'fifo',
  ) {
    this.#choices = choices;
    this.#carrier = carrier;
    this.#names = names;
    this.#hashes = Int32Array.from(names, hashText);
    this.#outboxBytes = new Float64Array(names.length);
    this.#shuffled = ties === 'random';
    this.#link = compile(spec);
    for (const exception of spec.links) {
      const [from, to] = [names.indexOf(exception.from), names.indexOf(exception.to)];
      if (from < 0 || to < 0)
        throw new Error(`a link from ${exception.from} to ${exception.to} joins no two hosts`);
      this.#exceptions.set(this.#pair(from, to), compile({ ...spec, ...exception }));
    }
  }

  /** The kinds under a prefix; one object for all that ask for the same. */
  kinds(prefix: string): Kinds {
    let kinds = this.#mounts.get(prefix);
    if (kinds === undefined) {
      kinds = new Kinds(prefix, (name) => this.#kind(name));
      this.#mounts.set(prefix, kinds);
    }
    return kinds;
  }

  /** Whether the host's outbox takes another message of this size; counts a drop if not. */
  hasRoom(from: number, bytes: number): boolean {
    const under = this.#outboxBytes[from]!;
    if (under === 0 || under + bytes <= outboxBytesMax) return true;
    this.counters.dropped += 1;
    return false;
  }

  transmit(packet: Packet): void {
    const { from, to } = packet;
    this.counters.sent += 1;
    this.#outboxBytes[from] = this.#outboxBytes[from]! + packet.bytes;
    if (from === to) {
      this.#carrier.deliverAfter(loopbackUs, 0, packet);
      return;
    }
    const kind = packet.kind;
    const ordinal = kind.nextOrdinal(from, to);
    const hash = joinHash(joinHash(kind.hash, this.#hashes[from]!), this.#hashes[to]!);
    const link =
      this.#exceptions.size === 0 ? this.#link : (this.#exceptions.get(this.#pair(from, to)) ?? this.#link);

    if (link.loss[0] > 0 && this.#hits(packet, hash, families.loss, ordinal, link.loss)) {
      this.#lose(packet);
      return;
    }
    let delayUs = link.latency.sample(this.#raw(packet, hash, families.delay, ordinal));
    if (link.reorder[0] > 0 && this.#hits(packet, hash, families.reorder, ordinal, link.reorder)) {
      delayUs += link.reorderBy.sample(this.#raw(packet, hash, families.reorderBy, ordinal));
    }
    if (this.disturbances.length > 0 && !this.#isHealed(packet)) {
      const disturbed = this.#disturb(packet, hash, ordinal, link.latency);
      if (disturbed < 0) return;
      delayUs += disturbed;
    }
    const tie = this.#shuffled ? this.#raw(packet, hash, families.tie, ordinal) : 0;
    this.#carrier.deliverAfter(delayUs, tie, packet);
    if (link.duplicate[0] > 0 && this.#hits(packet, hash, families.duplicate, ordinal, link.duplicate)) {
      this.#duplicate(packet, link.latency.sample(this.#raw(packet, hash, families.copyDelay, ordinal)), tie);
    }
  }

  /** Called when a packet arrives: false if a partition swallows it. */
  arrive(packet: Packet): boolean {
    this.#leaveOutbox(packet);
    if (this.cuts.length > 0 && packet.from !== packet.to) {
      if (this.#isHealed(packet)) return this.#delivered();
      for (const cut of this.cuts) {
        if (!cut.blocks(packet.from, packet.to)) continue;
        cut.bites += 1;
        this.counters.cut += 1;
        this.#traceLoss(packet, 'cut');
        return false;
      }
    }
    return this.#delivered();
  }

  /** From now on no partition and no packet fault touches the links among these hosts, given by index. */
  heal(core: readonly number[]): void {
    const mask = new Uint8Array(this.#names.length);
    for (const index of core) mask[index] = 1;
    this.#core = mask;
  }

  /** A packet that had arrived is gone with the machine it was waiting for. */
  discard(packet: Packet): void {
    this.#leaveOutbox(packet);
    this.counters.unanswered += 1;
    this.#traceLoss(packet, 'killed');
  }

  #delivered(): true {
    this.counters.delivered += 1;
    return true;
  }

  #isHealed({ from, to }: Packet): boolean {
    return this.#core !== undefined && this.#core[from] === 1 && this.#core[to] === 1;
  }

  #kind(name: string): Kind {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = new Kind(name, this.#kinds.size, this.#names.length);
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  #leaveOutbox(packet: Packet): void {
    this.#outboxBytes[packet.from] = this.#outboxBytes[packet.from]! - packet.bytes;
  }

  #pair(from: number, to: number): number {
    return from * this.#names.length + to;
  }

  #raw(packet: Packet, hash: number, family: Family, ordinal: number, why = ''): number {
    const labelHash = hash ^ family.hash;
    if (!this.#choices.labelled) return this.#choices.raw(labelHash, ordinal);
    return this.#choices.draw(labelHash, ordinal, 4294967296, this.#label(packet, family, why));
  }

  #hits(
    packet: Packet,
    hash: number,
    family: Family,
    ordinal: number,
    [hits, outOf]: Ratio,
    why = '',
  ): boolean {
    const label = this.#choices.labelled ? this.#label(packet, family, why) : '';
    return this.#choices.draw(hash ^ family.hash, ordinal, outOf, label) >= outOf - hits;
  }

  #label(packet: Packet, family: Family, why: string): string {
    return `${this.#names[packet.from]}>${this.#names[packet.to]} ${packet.kind.name} ${family.name}${why}`;
  }

  /** The extra delay of the packet faults in force; -1 if one of them swallowed it. */
  #disturb(packet: Packet, hash: number, ordinal: number, latency: Sampler): number {
    let extraUs = 0;
    for (const disturbance of this.disturbances) {
      if (!disturbance.hosts.has(packet.from) && !disturbance.hosts.has(packet.to)) continue;
      const { loss, duplicate, delay } = disturbance.link;
      const own = joinHash(hash, hashText(disturbance.label));
      const why = ` ${disturbance.label}`;
      if (loss[0] > 0 && this.#hits(packet, own, families.loss, ordinal, loss, why)) {
        disturbance.bites += 1;
        this.#lose(packet);
        return -1;
      }
      const delayUs = delay.sample(this.#raw(packet, own, families.delay, ordinal, why));
      extraUs += delayUs;
      if (delayUs > 0) disturbance.bites += 1;
      if (duplicate[0] > 0 && this.#hits(packet, own, families.duplicate, ordinal, duplicate, why)) {
        disturbance.bites += 1;
        const copyUs = latency.sample(this.#raw(packet, own, families.copyDelay, ordinal, why));
        this.#duplicate(packet, delayUs + copyUs, 0);
      }
    }
    return extraUs;
  }

  #duplicate(packet: Packet, delayUs: number, tie: number): void {
    packet.repeated = true;
    this.counters.duplicated += 1;
    this.#outboxBytes[packet.from] = this.#outboxBytes[packet.from]! + packet.bytes;
    this.#carrier.trace('duplicated', packet.from, () => this.describe(packet));
    this.#carrier.deliverAfter(delayUs, tie, packet);
  }

  #lose(packet: Packet): void {
    this.#leaveOutbox(packet);
    this.counters.lost += 1;
    this.#traceLoss(packet, 'lost');
  }

  #traceLoss(packet: Packet, why: 'lost' | 'cut' | 'killed'): void {
    this.#carrier.trace('lost', packet.from, () => ({ ...this.describe(packet), why }));
  }

  describe(packet: Packet): Record<string, unknown> {
    return {
      role: packet.role,
      kind: packet.kind.name,
      from: this.#names[packet.from],
      to: this.#names[packet.to],
    };
  }
}

function compile(spec: LinkSpec): CompiledLink {
  return {
    latency: new Sampler(spec.latency),
    loss: spec.loss,
    duplicate: spec.duplicate,
    reorder: spec.reorder.odds,
    reorderBy: new Sampler(spec.reorder.by),
  };
}
