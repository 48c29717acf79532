/** The shell of a server: what arrives, when time is up, and which role it plays. Decisions are elsewhere. */
import { CorruptFile } from '../../checksum.ts';
import type { Answer, Ask, Host, HostId, Program } from '../../host.ts';
import { isDiskError, TimedOut } from '../../host.ts';
import { passedOn } from '../../leader-route.ts';
import { type Chair, endOf, failOver } from './coordinator.ts';
import { agreesToFailover, mayTakeOffice, patienceMs, promised, type Standpoint } from './failover.ts';
import type {
  InstallAnswer,
  InstallAsk,
  NotPrimary,
  PrimarySecondaryWire,
  PromiseAnswer,
  RegisterAnswer,
  ReplicateAnswer,
  ReplicateAsk,
  Request,
  WriteAnswer,
} from './messages.ts';
import type { PrimarySecondaryOptions } from './options.ts';
import { type Fate, Primary } from './primary.ts';
import type { Quorums } from './quorums.ts';
import { Replica } from './replica.ts';
import type { Rules } from './rules.ts';
import { type Post, Secondary } from './secondary.ts';
import { Statistics } from './statistics.ts';
import { exposeView, type ServerRole } from './view.ts';

/** The program of one server. */
export function primarySecondaryServer(
  options: PrimarySecondaryOptions,
  rules: Rules,
): Program<PrimarySecondaryWire> {
  return (host) => new Server(host, options, rules).start();
}

const unknown = { status: 'unknown' } as const;
const behind = { status: 'behind' } as const;

class Server implements Chair, Post {
  readonly host: Host<PrimarySecondaryWire>;
  readonly options: PrimarySecondaryOptions;
  readonly rules: Rules;
  readonly quorums: Quorums;
  readonly statistics = new Statistics();
  role: ServerRole = 'secondary';
  primary: Primary | null = null;
  /** Who is primary, as far as this server knows, and of which epoch. */
  primaryId: HostId | null = null;
  follows = 0;
  #replica: Replica | null = null;
  /** What to do on messages that came before recovery was complete. */
  readonly #recovered: Promise<void>;
  #onRecovered: () => void = () => {};
  /** The disk failed: this server cannot know any more what it promised, and never acts again. */
  #halted = false;
  readonly #bootedAt: number;
  /** `elapsed` time when it last heard a primary; at first that of its boot, for it may have heard one just before. */
  #heardAt: number;
  /** `elapsed` time of that, or of anything else that puts an attempt at a failover off. */
  #quietSince: number;
  /** Failovers that it began since it last heard a primary, or was one. */
  #vainAttempts = 0;
  /** `elapsed` time when this server last ceased to be primary. */
  #ledUntil = Number.NEGATIVE_INFINITY;
  readonly #secondary = new Secondary(this);
  readonly life: number;

  constructor(host: Host<PrimarySecondaryWire>, options: PrimarySecondaryOptions, rules: Rules) {
    this.host = host;
    this.options = options;
    this.rules = rules;
    this.quorums = rules.quorums(options, host.peers.length);
    this.life = host.random.below(2 ** 32, 'life');
    this.#bootedAt = host.clock.elapsed();
    this.#heardAt = this.#bootedAt;
    this.#quietSince = this.#bootedAt;
    this.#recovered = new Promise((resolve) => {
      this.#onRecovered = resolve;
    });
  }

  get replica(): Replica {
    return this.#replica!;
  }

  /** An answer takes two ways and a disk; others are as patient. */
  get answerMs(): number {
    return 2 * this.#patienceMs;
  }

  get #patienceMs(): number {
    return patienceMs(this.options.failoverTimeout, this.#vainAttempts);
  }

  get lag(): number {
    if (this.primary !== null) return this.primary.lag;
    return Math.max(0, this.#secondary.knownCommit - this.replica.lastApplied);
  }

  async start(): Promise<void> {
    this.#on('suspect', ({ epoch }) => ({
      agrees: agreesToFailover(this.#standpoint(), epoch),
      epoch: this.replica.pledges.epoch,
    }));
    this.#on('promise', ({ epoch }, from) => this.#onPromise(epoch, from));
    this.#on('promote', async ({ epoch }, from) => ({ accepted: await this.#onPromote(epoch, from) }));
    this.#on('replicate', (ask, from) => this.#onReplicate(ask, from));
    this.#on('install', (ask, from) => this.#onInstall(ask, from));
    this.#on('register', (ask) => this.#onRegister(ask));
    this.#on('write', (ask) => this.#onWrite(ask));
    this.#on('read', (ask) => this.#onRead(ask));
    this.host.onStop(() => this.#stop());
    try {
      this.#replica = await Replica.recover(this.host.disk, this.options, this.rules);
    } catch (error) {
      this.#halt(error);
      return;
    }
    if (this.replica.tornBytes > 0) this.host.log('torn log end cut', { bytes: this.replica.tornBytes });
    this.replica.onSnapshot((stored) => {
      this.statistics.snapshotsTaken++;
      void this.#durable(stored);
    });
    exposeView(this);
    this.#onRecovered();
    this.#quietSince = this.host.clock.elapsed();
    this.#watch();
  }

  async save(): Promise<boolean> {
    return this.#durable(this.replica.save());
  }

  /** Registers a handler that waits for recovery: before it, this server does not know what it promised. */
  #on<K extends keyof PrimarySecondaryWire>(
    kind: K,
    answer: (
      ask: Ask<PrimarySecondaryWire, K>,
      from: HostId,
    ) => Answer<PrimarySecondaryWire, K> | Promise<Answer<PrimarySecondaryWire, K>>,
  ): void {
    this.host.on(kind, (ask, from) => {
      if (this.#halted) throw new TimedOut('this server has halted');
      if (this.#replica !== null) return answer(ask, from);
      return this.#recovered.then(() => answer(ask, from));
    });
  }

  // Failover

  /** Attempts a failover whenever it was quiet for too long; one timer that is looked at again, not one a heartbeat. */
  #watch(): void {
    const { clock, random } = this.host;
    const least = this.#patienceMs;
    const patience = least + random.below(Math.ceil(least * 1000), 'failover timeout') / 1000;
    const look = () => {
      if (this.#halted) return;
      if (this.role === 'primary') this.#quietSince = clock.elapsed();
      const left = this.#quietSince + patience - clock.elapsed();
      // No less than a millisecond: a remainder below the clock's grain would never pass.
      if (left > 0) clock.after(Math.max(1, left), look);
      else void this.#attempt();
    };
    clock.after(Math.max(0, this.#quietSince + patience - clock.elapsed()), look);
  }

  async #attempt(): Promise<void> {
    if (!this.#standpoint().hearsPrimary && (await failOver(this))) this.#vainAttempts++;
    this.#quietSince = this.host.clock.elapsed();
    this.#watch();
  }

  #standpoint(): Standpoint {
    const quietFor = this.host.clock.elapsed() - this.#heardAt;
    const hearsPrimary = this.role === 'primary' || quietFor < this.options.failoverTimeout;
    return { pledge: this.replica.pledges.latest, hearsPrimary };
  }

  isVacant(epoch: number): boolean {
    const { pledge, hearsPrimary } = this.#standpoint();
    return !this.#halted && !hearsPrimary && pledge.epoch === epoch;
  }

  promiseItself(epoch: number): Promise<boolean> {
    const { pledges } = this.replica;
    // Taken, since nobody else names it: it is primary in this life if it names itself, and in no later one.
    pledges.make({ epoch, coordinator: this.host.id, taken: true });
    return this.#durable(pledges.settled());
  }

  async #onPromise(epoch: number, from: HostId): Promise<PromiseAnswer> {
    const { pledges, log } = this.replica;
    const pledge = promised(this.#standpoint(), from, epoch);
    if (pledge !== null) {
      pledges.make(pledge);
      this.#quietSince = this.host.clock.elapsed();
    }
    // The coordinator names whoever has the freshest log, and that one may have been started again by then.
    await this.mustBeDurable(Promise.all([pledges.settled(), this.replica.save()]));
    const granted = pledge !== null && pledges.epoch === epoch;
    return { granted, epoch: pledges.epoch, end: endOf(log) };
  }

  #onPromote(epoch: number, coordinator: HostId): Promise<boolean> {
    const { latest } = this.replica.pledges;
    return mayTakeOffice(latest, coordinator, epoch) ? this.takeOffice(epoch) : Promise.resolve(false);
  }

  async takeOffice(epoch: number): Promise<boolean> {
    const { pledges } = this.replica;
    if (!pledges.latest.taken) pledges.make({ ...pledges.latest, taken: true });
    if (!(await this.#durable(pledges.settled())) || this.#halted || pledges.epoch !== epoch) return false;
    this.role = 'primary';
    this.primaryId = this.host.id;
    this.follows = epoch;
    this.primary = new Primary(this, epoch);
    this.#vainAttempts = 0;
    this.host.log('primary elected', { epoch });
    this.primary.begin();
    return true;
  }

  onEpoch(epoch: number): void {
    const { pledges } = this.replica;
    if (epoch <= pledges.epoch) return;
    pledges.make({ epoch, coordinator: null, taken: false });
    this.stepDown('later epoch');
    void this.#durable(pledges.settled());
  }

  stepDown(reason: string): void {
    const { primary } = this;
    if (primary === null) return;
    this.primary = null;
    this.primaryId = null;
    this.role = 'secondary';
    this.#ledUntil = this.host.clock.elapsed();
    this.#quietSince = this.#ledUntil;
    this.host.log('stepped down', { epoch: primary.epoch, reason });
    primary.end();
  }

  // Following

  #onReplicate(ask: ReplicateAsk, from: HostId): ReplicateAnswer | Promise<ReplicateAnswer> {
    if (!this.#hear(ask.epoch, from)) return this.#secondary.refuse();
    return this.replica.pledges.isDurable ? this.#secondary.accept(ask) : this.#acceptWhenSettled(ask);
  }

  /** The log never holds an entry of an epoch that a crash could take back. */
  async #acceptWhenSettled(ask: ReplicateAsk): Promise<ReplicateAnswer> {
    const { pledges } = this.replica;
    await this.mustBeDurable(pledges.settled());
    if (this.rules.isStale(ask.epoch, pledges.epoch)) return this.#secondary.refuse();
    return this.#secondary.accept(ask);
  }

  async #onInstall(ask: InstallAsk, from: HostId): Promise<InstallAnswer> {
    const { pledges } = this.replica;
    if (!this.#hear(ask.epoch, from)) return { epoch: pledges.epoch, accepted: false };
    await this.mustBeDurable(pledges.settled());
    return this.#secondary.install(ask);
  }

  /** A primary is there; false if this server has promised to take nothing more from it. */
  #hear(epoch: number, primary: HostId): boolean {
    if (this.rules.isStale(epoch, this.replica.pledges.epoch)) return false;
    this.onEpoch(epoch);
    this.stepDown('another primary');
    this.primaryId = primary;
    this.#heardAt = this.host.clock.elapsed();
    this.#quietSince = this.#heardAt;
    this.#vainAttempts = 0;
    return true;
  }

  // Clients

  async #onRegister(ask: Ask<PrimarySecondaryWire, 'register'>): Promise<RegisterAnswer> {
    if (this.primary === null) return this.#elsewhere('register', ask);
    return this.#answered(await this.primary.propose({ kind: 'register' })) as RegisterAnswer;
  }

  async #onWrite(ask: Ask<PrimarySecondaryWire, 'write'>): Promise<WriteAnswer> {
    if (this.primary === null) return this.#elsewhere('write', ask);
    const { session, seq, operation } = ask;
    const fate = await this.primary.propose({ kind: 'write', session, seq, operation });
    if (fate !== null) this.statistics.writes++;
    return this.#answered(fate) as WriteAnswer;
  }

  #answered(fate: Fate): object {
    return fate === null ? unknown : { ...fate.outcome, index: fate.index };
  }

  async #onRead(ask: Ask<PrimarySecondaryWire, 'read'>): Promise<Answer<PrimarySecondaryWire, 'read'>> {
    const { replica, primary, statistics } = this;
    if (this.options.reads === 'any') {
      const { lastApplied: index, machine } = replica;
      if (index < ask.token) return behind;
      statistics.reads++;
      return { status: 'value', value: machine.get(ask.key), index };
    }
    const read = (await primary?.read(ask.key)) ?? null;
    if (read === null) return this.#elsewhere('read', ask);
    statistics.reads++;
    return { status: 'value', ...read };
  }

  /**
   * What a server that is not primary does with a request: it says who is, or, where the client asks for that, passes the
   * request on. So a primary serves clients that cannot reach it, as long as its secondaries can.
   */
  async #elsewhere<K extends Request>(
    kind: K,
    ask: Ask<PrimarySecondaryWire, K>,
  ): Promise<Answer<PrimarySecondaryWire, K> | NotPrimary> {
    const { requestTimeout } = this.options;
    return (await passedOn(this.host, this.primaryId, kind, ask, requestTimeout)) ?? this.#notPrimary();
  }

  /**
   * Turns a client away. A copy of its request may have come earlier, to this server when it was primary, or to its
   * previous life: only one that was neither for as long as any client waits may say that the request had no effect.
   */
  #notPrimary(): NotPrimary {
    const lastAble = Math.max(this.#bootedAt, this.#ledUntil);
    const definite = this.host.clock.elapsed() - lastAble > 2 * this.options.requestTimeout;
    return { status: 'not primary', primary: this.primaryId, definite };
  }

  // The disk

  /** Waits for the disk; false if it failed. */
  async #durable(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      this.#halt(error);
      return false;
    }
  }

  /** Waits for the disk; if it failed there is no answer, and the caller may think what it likes. */
  readonly mustBeDurable = async (work: Promise<unknown>): Promise<void> => {
    if (!(await this.#durable(work))) throw new TimedOut('the disk failed');
  };

  #halt(error: unknown): void {
    if (!isDiskError(error) && !(error instanceof CorruptFile)) throw error;
    if (this.#halted) return;
    this.host.log(error instanceof CorruptFile ? 'disk corrupt' : 'disk failed', { message: error.message });
    this.stepDown('disk failed');
    this.#halted = true;
    // Nobody knows any more what the disk holds: the program ends by its error, and whoever runs it boots it again.
    this.host.clock.after(0, () => {
      throw error;
    });
  }

  async #stop(): Promise<void> {
    if (this.#replica === null || this.#halted) return;
    this.stepDown('stopped');
    await this.#durable(this.replica.pledges.settled());
    await this.#durable(this.replica.save());
    this.#halted = true;
  }
}
