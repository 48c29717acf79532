/**
 * What a world is built from, as plain data: it can be hashed, sent to a worker, shrunk, and stored in a failure
 * file. Every duration is a whole number of microseconds, every chance a ratio of whole numbers.
 */
import type { HostId, Ratio } from '../../protocols/host.ts';

/** A distribution of durations. Bounds are inclusive; a sample outside is moved to the bound. */
export type Distribution =
  | { readonly dist: 'constant'; readonly valueUs: number }
  | { readonly dist: 'uniform'; readonly minUs: number; readonly maxUs: number }
  | ({ readonly dist: 'normal'; readonly meanUs: number; readonly stddevUs: number } & Bounds)
  | ({ readonly dist: 'lognormal'; readonly medianUs: number; readonly p99Us: number } & Bounds)
  | ({ readonly dist: 'exponential'; readonly meanUs: number } & Bounds)
  /** `scaleUs` is the smallest value; a smaller `shape` has a heavier tail. `shape` is a ratio: `[3, 2]` is 1.5. */
  | ({ readonly dist: 'pareto'; readonly scaleUs: number; readonly shape: Ratio } & Bounds);

export interface Bounds {
  /** Default 0. */
  readonly minUs?: number;
  /** Default ten seconds. */
  readonly maxUs?: number;
}

/** What one direction of a link does to a packet. */
export interface LinkSpec {
  readonly latency: Distribution;
  /** Odds that a packet vanishes. */
  readonly loss: Ratio;
  /** Odds that a packet arrives twice, each copy with a latency of its own. */
  readonly duplicate: Ratio;
  /** Odds that a packet waits another `by`, so that later ones overtake it. */
  readonly reorder: { readonly odds: Ratio; readonly by: Distribution };
  /** Odds that a bit of a packet flips on the way; default 0. `NetworkSpec.checksums` says what comes of it. */
  readonly corrupt?: Ratio;
  /** Default: as much as anybody likes. */
  readonly bandwidth?: Bandwidth;
}

/**
 * What one direction of a link can carry. Packets go onto it one after the other; those that find it busy wait in a
 * queue, and one that finds the queue full is dropped (tail drop). An idle link takes a packet of any size. A packet is
 * as long as its message, counted roughly as JSON would be, and 64 bytes of headers.
 */
export interface Bandwidth {
  readonly bytesPerSecond: number;
  /** Bytes that may wait, the rest of the packet that is being sent included. */
  readonly queueBytes: number;
}

export interface NetworkSpec extends LinkSpec {
  /** Exceptions to the above for one direction of one link; what is absent stays as above. */
  readonly links: readonly (Partial<LinkSpec> & { readonly from: HostId; readonly to: HostId })[];
  /** Groups of hosts, by name. A host in none has the links above. */
  readonly regions?: Readonly<Record<string, readonly HostId[]>>;
  /**
   * Exceptions for all links between two regions, in both directions; a region and itself are the links inside it.
   * `links` goes before them.
   */
  readonly between?: readonly RegionLink[];
  /**
   * Whether the receiving host notices flipped bits, and drops the packet: default true. Without checksums the program
   * gets the message with one value changed, of the same shape and the same types.
   */
  readonly checksums?: boolean;
  /**
   * When a partition decides about a packet: when it arrives (the default: packets under way when the partition comes
   * are lost, those sent shortly before it heals get through), or when it is sent (packets under way arrive).
   */
  readonly partitions?: 'delivery' | 'send';
  /**
   * What messages travel over. `datagram`, the default: each for itself. `stream`: as over TCP, on a connection that a
   * host opens when it first sends or calls another one; the answers come back on it. What the other host asks goes
   * over a connection of its own, as with the sockets of `protocols/node`.
   *
   * On a stream what one host sends another arrives once and in that order, answers likewise. Opening takes one round
   * trip. A packet that a link loses, or whose checksum is wrong, comes again after 200 ms, twice that the next time and
   * so on (RFC 6298 §5.5), and what follows waits for it; `duplicate` and `reorder` say nothing. Nothing overflows:
   * the sender waits. A connection is *reset* by a partition that meets a packet, by the death of either host, by
   * `reset`, and by six losses in a row; a program that stops by itself closes its connections when what it sent
   * has arrived. All that is under way on it is lost then, calls over it end with TimedOut as
   * soon as the news can have come, and the next message opens a new one. At a host that is down a connection is
   * refused, reset, or never answered.
   */
  readonly transport?: 'datagram' | 'stream';
  /** With streams: odds that a packet finds its connection reset; default 0. */
  readonly reset?: Ratio;
}

export interface RegionLink extends Partial<LinkSpec> {
  readonly regions: readonly [string, string];
}

export interface ClockSpec {
  /** Each host's wall clock is off by a drawn amount between minus and plus this. */
  readonly skewUs: number;
  /** Each host's clocks, the monotonic one too, run fast or slow by a drawn rate up to this. Default 0. */
  readonly driftPpm?: number;
  /** Half the width of the interval clock; it is wider where the clock is further off. Default 7 ms. */
  readonly uncertaintyUs?: number;
  /** Brings the wall clocks back to the right time. Without it nothing does. */
  readonly service?: TimeServiceSpec;
}

/** An NTP daemon on every host. */
export interface TimeServiceSpec {
  /** Time between two looks at the clock. */
  readonly every: Distribution;
  /** Each look is wrong by a drawn amount between minus and plus this. */
  readonly errorUs: number;
  /** A clock that is off by more jumps, one that is off by less is slewed. */
  readonly stepUs: number;
  /** The largest rate of a slew. */
  readonly slewPpm: number;
}

/** Odds of the extra trouble that programs ask for at their own `buggify` sites. */
export interface BuggifySpec {
  /** That a site is active in a run. */
  readonly active: Ratio;
  /** That an active site says yes. */
  readonly fires: Ratio;
}

export interface DiskSpec {
  readonly read: Distribution;
  readonly write: Distribution;
  readonly sync: Distribution;
  /** Bytes of all files of one machine together. Default: without end. */
  readonly capacityBytes?: number;
  /**
   * `torn`: a rename that no `syncNames` has made durable may leave both names, no target or an empty one after a
   * power loss. The contract of `Disk` promises more, and so does the default, `atomic`.
   */
  readonly renames?: 'atomic' | 'torn';
}

/**
 * What a kill does to the disk. `keep`: nothing, only the process dies. The others are power losses:
 * - `lose-unsynced`: of each file's unsynced writes a drawn prefix survives; unsynced names survive together or not;
 * - `lose-all`: nothing unsynced survives;
 * - `torn`: each unsynced change of a name, and each 4 KiB sector of each unsynced write, survives or not by itself;
 * - `wipe`: the machine comes back with an empty disk, as a replaced one would be.
 */
export type Storage = 'keep' | 'lose-unsynced' | 'lose-all' | 'torn' | 'wipe';

/** What goes wrong on a disk. Odds are of each operation. */
export type DiskTrouble =
  /** Every operation takes `factor` times as long, and then `delay` more. */
  | { readonly shape: 'slow'; readonly delay: Distribution; readonly factor: number }
  /**
   * Operations fail with `DiskError` `io`. A failed write has written nothing. A failed sync drops the writes that it
   * should have made durable: readers see them until the power goes, but later syncs do not write them.
   */
  | { readonly shape: 'io-error'; readonly odds: Ratio; readonly on: 'read' | 'write' | 'sync' | 'all' }
  /** What would make a file longer fails with `DiskError` `full`. */
  | { readonly shape: 'full' }
  /** A read returns a byte with flipped bits; `stored`: and so does every read after it. */
  | { readonly shape: 'corrupt'; readonly odds: Ratio; readonly rot: 'transient' | 'stored' }
  /** A write lands elsewhere, in its file or another one; the right place keeps its old bytes. */
  | { readonly shape: 'misdirect'; readonly odds: Ratio }
  /** Syncs make nothing durable: what they claim goes with the next power loss, unless an honest sync came before. */
  | { readonly shape: 'lie' };

/** Which hosts a fault falls on, chosen when it starts. Names are servers unless said otherwise. */
export type Targets =
  | 'one'
  | 'minority'
  | 'majority'
  | 'all'
  /** The servers whose exposed state has `role: 'leader'`; one server at random if there is none. */
  | 'leader'
  /** The servers that take themselves for leader or primary (`role`), none if there is none. */
  | 'primaries'
  /** One server: the next one round the ring each time. */
  | 'ring'
  | 'one-client'
  | readonly HostId[];

/** What breaks. A fault with `forUs` is undone after that time, one without at the recovery phase. */
export type Fault =
  /** Splits servers and clients; a host in no group is cut off from none. */
  | { readonly kind: 'partition'; readonly shape: 'groups'; readonly groups: readonly (readonly HostId[])[] }
  /** Packets from `from` to `to` vanish; the other direction works. */
  | { readonly kind: 'partition'; readonly shape: 'one-way'; readonly from: Targets; readonly to: Targets }
  /** Cuts the targets off from all other servers, and each other. */
  | { readonly kind: 'partition'; readonly shape: 'isolate'; readonly targets: Targets }
  /** Two random groups of servers, a bare majority and the rest; each client falls on a random side. */
  | { readonly kind: 'partition'; readonly shape: 'halves' }
  /**
   * Every server hears a majority, itself included, and no two hear the same one (Jepsen's majorities-ring): they stand
   * in a random circle, and each hears its nearest neighbours only. Clients reach everybody. Needs three servers.
   */
  | { readonly kind: 'partition'; readonly shape: 'ring' }
  /** Two random halves, and one server between them that reaches both; each client falls on a side. Needs three. */
  | { readonly kind: 'partition'; readonly shape: 'bridge' }
  /** Between servers, every direction of every link is cut or not, at odds of one in three. */
  | { readonly kind: 'partition'; readonly shape: 'random' }
  /** Adds to what the links do, on all links from or to the targets. */
  | {
      readonly kind: 'packet';
      readonly targets: Targets;
      readonly loss: Ratio;
      readonly duplicate: Ratio;
      readonly delay: Distribution;
      /** Default: none. */
      readonly reorder?: LinkSpec['reorder'];
      /** Default 0. */
      readonly corrupt?: Ratio;
    }
  /**
   * Packets that arrive from or at the targets wait, and are all released at the end: in the order in which they came,
   * or in a drawn one.
   */
  | { readonly kind: 'hold'; readonly targets: Targets; readonly release: 'in-order' | 'at-once' }
  /** All links from or to the targets, each direction for itself, carry no more than this; it wears off at the end. */
  | ({ readonly kind: 'bandwidth'; readonly targets: Targets } & Bandwidth)
  /** Memory is lost, and of the disk what `storage` says. */
  | {
      readonly kind: 'kill';
      readonly targets: Targets;
      readonly storage: Storage;
      /** For each of the named targets: how many more effects it has before it dies. Default: none. */
      readonly afterEffects?: readonly number[];
      /** The restart comes this long after the kill; with neither this nor `forUs`, at the recovery phase. */
      readonly restartAfterUs?: number;
    }
  /** The disks of the targets misbehave. */
  | ({ readonly kind: 'disk'; readonly targets: Targets } & DiskTrouble)
  /** Stops the world of the targets: packets and timers wait, clocks go on, then everything is late. */
  | { readonly kind: 'pause'; readonly targets: Targets }
  /** Each event of the targets takes this much of a processor that does one thing at a time. */
  | { readonly kind: 'slow'; readonly targets: Targets; readonly cost: Distribution }
  /**
   * Ends the targets one after another and boots each again, `rounds` times over: a rolling restart, or with `crash` and
   * one target a crash loop. `stop` lets a program finish its business until the time down is over.
   */
  | {
      readonly kind: 'restart';
      readonly targets: Targets;
      readonly how: 'stop' | 'crash';
      /** How long each is down. */
      readonly down: Distribution;
      /** From the boot of one to the end of the next. */
      readonly gap: Distribution;
      readonly rounds: number;
    }
  /**
   * Wrong clocks, put right at the end. With `bound: 'broken'` the interval clock of the targets does not know: it
   * promises a bound that is not true.
   */
  | ({ readonly kind: 'clock'; readonly targets: Targets; readonly bound?: 'kept' | 'broken' } & (
      | /** The wall clock jumps. */ { readonly offsetUs: number }
      /** Wall and monotonic clock run faster, or slower, by so many parts in a million. */
      | { readonly driftPpm: number }
      /** The wall clock stands still, and jumps to where it should be at the end. */
      | { readonly freeze: true }
    ))
  /**
   * Servers join the cluster or leave it, for good: an operator carries it out, one server at a time. A server that
   * is replaced leaves when a spare one has joined.
   */
  | { readonly kind: 'members'; readonly change: 'add'; readonly servers: 'one-spare' | readonly HostId[] }
  | { readonly kind: 'members'; readonly change: 'remove' | 'replace'; readonly targets: Targets };

export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { readonly kind: K }>;

/** Something to wait for, on any host or on one: an event that a program logs or the world traces, or a state. */
export type Trigger = { readonly host?: HostId } & (
  | { readonly event: string }
  /** Strikes when a host begins to expose all of these. */
  | { readonly state: Readonly<Record<string, string | number | boolean | null>> }
);

/** One line of a script. It has `atUs`, `every` or `when`. */
export interface TimedFault {
  /** With `every` or `when`: not before this. */
  readonly atUs?: number;
  /** Strikes again and again, with this time in between. */
  readonly every?: Distribution;
  readonly when?: Trigger;
  /** How long after the trigger; default 0. */
  readonly afterUs?: number;
  /** How often at most; default once with `when`, without end with `every`. */
  readonly times?: number;
  readonly forUs?: number;
  /** What its draws are labelled with; unless given, the number of the line. */
  readonly label?: string;
  /** What it may destroy of synced data. Default: anything. */
  readonly damage?: Damage;
  readonly fault: Fault;
}

/** A kind of fault that a nemesis draws; one of weight 3 is drawn three times as often. */
export interface NemesisKind {
  readonly kind: FaultKind;
  readonly weight: number;
  /** Only these variants of it; which there are, and which are drawn without this, the rules of the kind say. */
  readonly variants?: readonly string[];
  /**
   * Of clocks: no jump is wider, no rate further from the right one, either way. With a bound the nemesis never makes one
   * clock wrong in two ways at once, for they would add up.
   */
  readonly offsetUsMax?: number;
  readonly driftPpmMax?: number;
}

/** Chance as an adversary: draws faults during the safety phase. */
export interface NemesisSpec {
  readonly faults: readonly NemesisKind[];
  /** Time between the starts of two faults. */
  readonly every: Distribution;
  /** How long one lasts. */
  readonly lasts: Distribution;
  readonly targets: readonly Targets[];
  /** `minority`: never more servers down, paused or isolated at once than leaves a majority; `none`: unrestricted. */
  readonly down: 'minority' | 'none';
  /**
   * What may become of synced data: nothing; only what a careful reader notices, and on a minority of the servers
   * (the default); anything.
   */
  readonly damage?: Damage;
  /** What kills draw from, the mildest first. Default: `keep`, and three times as often `lose-unsynced`. */
  readonly storage?: readonly Storage[];
  /** Each seed switches some kinds off and draws how often and how long faults strike. Default false. */
  readonly swarm?: boolean;
}

export type Damage = 'none' | 'recoverable' | 'any';

/** What is healed for the recovery phase: a drawn majority of the servers, all of them, or these. */
export type Core = 'majority' | 'all' | readonly HostId[];
