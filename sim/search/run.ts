/** One seed in, one outcome out: builds a world from a scenario, disturbs it, lets it recover, and judges it. */
import type { AnyProgram, Host } from '../../protocols/host.ts';
import type { Protocol } from '../../protocols/protocol.ts';
import { broken, held, overlap, type Verdict, type Violation } from '../check/index.ts';
import { Choices, type ChoicesOptions } from '../kernel/choices.ts';
import { limitsDefault, type Pump, type Stop } from '../kernel/loop.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import { chooseCore } from '../world/faults/core.ts';
import { Faults } from '../world/faults/faults.ts';
import { Nemesis } from '../world/faults/nemesis.ts';
import { Script } from '../world/faults/script.ts';
import { alarm } from '../world/host.ts';
import type { Machine } from '../world/machine.ts';
import { Membership } from '../world/membership.ts';
import { type Witness, World, type WorldHost } from '../world/world.ts';
import type { Content, FinishedRun, Workload, WorkloadContext } from './content.ts';
import type { Escape, HostNow, Outcome } from './outcome.ts';
import { listen, type Probe } from './probe.ts';
import { Recorder } from './recorder.ts';
import { found, Referee } from './referee.ts';
import {
  changesMembers,
  clientIds,
  operatorId,
  type Scenario,
  type ScriptedOperation,
  spareIds,
} from './scenario/index.ts';
import { directorsCheck, type Stage, stageHosts } from './stage/stage.ts';

export interface RunOptions {
  /** `full` keeps the trace, the history and the tape. A run is the same either way. */
  readonly record?: 'lean' | 'full';
  readonly replay?: ChoicesOptions['replay'];
  /** Stop at this virtual time, to look at the state: nothing is judged then but what broke on the way. */
  readonly untilUs?: number;
  /** Hears everything that decides the run. */
  readonly probe?: Probe;
  /** Gives whoever guards the process a place to report code that reaches past the simulator. */
  readonly watchEscapes?: (report: (reached: Omit<Escape, 'host' | 'atUs'>) => void) => void;
  /** Takes the place of the workload. The run ends when it says so, at the latest with the safety phase. */
  readonly stage?: Stage;
}

/** @throws TypeError if the catalogue lacks what the scenario names; a parsed scenario never does */
export async function simulate(
  scenario: Scenario,
  seed: string,
  content: Content,
  pump: Pump,
  options: RunOptions = {},
): Promise<Outcome> {
  const startMs = pump.nowMs();
  const run = new Run(scenario, seed, content, options);
  const stop = await run.world.run(pump);
  return run.outcome(stop, pump.nowMs() - startMs);
}

/** A run in the making. */
class Run {
  readonly world: World;
  readonly #scenario: Scenario;
  readonly #seed: string;
  readonly #content: Content;
  readonly #faults: Faults;
  readonly #recorder: Recorder;
  readonly #referee: Referee;
  readonly #trace: TraceEvent[] | undefined;
  readonly #stage: Stage | undefined;
  #escape: Escape | undefined;
  #isRecovering = false;
  /** Where it was told to stop, once it has. */
  #stoppedUs: number | undefined;
  readonly #script: Script;
  #membership: Membership | undefined;
  /** What was drawn for this run as a whole, for whoever reads the outcome. */
  readonly #drawn: Record<string, string> = {};

  constructor(scenario: Scenario, seed: string, content: Content, options: RunOptions) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#content = content;
    this.#stage = options.stage;
    this.#trace = options.record === 'full' ? [] : undefined;
    this.#referee = new Referee(scenario, content);
    this.#recorder = new Recorder(
      () => this.world.nowUs,
      (host, event) => {
        const { f, key, type, value } = event;
        this.world.fingerprint.addText(type);
        this.world.trace('operation', this.world.indexOf(host), () => ({ type, f, key, value }));
      },
    );
    const choices = new Choices(seed, {
      record: options.record === 'full',
      ...(options.replay === undefined ? {} : { replay: options.replay }),
    });
    const witness: Witness = {
      turn: (machine) => this.#turn(machine),
      uncaught: (machine, error) => this.#uncaught(machine, error),
      ...(this.#trace === undefined ? {} : { trace: (event) => this.#trace?.push(event) }),
    };
    const hosts = this.#hosts();
    this.world = World.build(worldSpec(scenario), hosts, choices, witness, this.#membership);
    if (options.probe !== undefined) listen(this.world, options.probe);
    this.#faults = new Faults(this.world, new Set(scenario.without));
    this.#script = new Script(this.world, this.#faults, scenario.faults, scenario.durationUs);
    this.#plan();
    if (options.untilUs !== undefined) this.#stopAt(options.untilUs);
    options.watchEscapes?.((reached) => this.#escaped(reached));
  }

  outcome(stop: Stop, wallMs: number): Outcome {
    const history = this.#recorder.history();
    const { world } = this;
    const faults = this.#faults.counts();
    const verdict = this.#verdict(stop);
    const { sent, delivered, duplicated } = world.network.counters;
    return {
      seed: this.#seed,
      verdict: verdict.verdict,
      violations: verdict.verdict === 'broken' ? verdict.violations : [],
      reasons: verdict.verdict === 'unknown' ? [verdict.reason] : [],
      fingerprint: world.fingerprint.hex(),
      events: world.loop.event + 1,
      virtualUs: world.nowUs,
      wallMs,
      faults,
      drawn: this.#drawnNow(),
      ...destroyedIn(world),
      messages: { sent, delivered, lost: world.network.vanished, duplicated },
      operations: {
        invoked: history.length,
        ok: history.filter(({ type }) => type === 'ok').length,
        fail: history.filter(({ type }) => type === 'fail').length,
        info: history.filter(({ type }) => type === 'info').length,
        overlapping: overlap(history)[0],
      },
      sometimes: this.#referee.sometimes(),
      ...(this.#escape === undefined ? {} : { escape: this.#escape }),
      ...(this.#trace === undefined
        ? {}
        : {
            full: {
              trace: this.#trace,
              history,
              tape: world.choices.tape(),
              faults: this.#faults.started.map(({ line }) => line),
              hosts: world.machines.map(hostNow),
            },
          }),
    };
  }

  #drawnNow(): Record<string, string> {
    const { buggify } = this.world;
    if (buggify === undefined) return this.#drawn;
    const sites = buggify.sites.join(', ') || 'none';
    return { ...this.#drawn, 'buggify sites': sites, 'buggify fired': String(buggify.fired) };
  }

  #hosts(): WorldHost[] {
    const { protocol: name, nodes, options, workload } = this.#scenario;
    const protocol = found('protocol', this.#content.protocols, name);
    const servers = Object.entries(protocol.roles).flatMap(([roleName, role]) =>
      Array.from(
        { length: nodes[roleName] ?? role.count },
        (_, index): WorldHost => ({
          id: `${role.prefix}${index + 1}`,
          program: role.program(options as never),
          role: 'server',
        }),
      ),
    );
    if (changesMembers(this.#scenario)) this.#membership = new Membership(servers.map(({ id }) => id));
    const [role] = Object.values(protocol.roles);
    const spares = spareIds(protocol, nodes, this.#scenario.spares ?? 0).map(
      (id): WorldHost => ({ id, program: role!.program(options as never), role: 'spare' }),
    );
    const ids = [...servers, ...spares].map(({ id }) => id);
    if (this.#stage !== undefined) {
      const cast = stageHosts(this.#stage, clientIds(workload.clients), () => this.#backstage());
      return [...servers, ...spares, ...cast, ...this.#operator(protocol, ids)];
    }
    const program = this.#clientProgram(protocol, ids);
    const clients = clientIds(workload.clients).map((id): WorldHost => ({ id, program, role: 'client' }));
    return [...servers, ...spares, ...clients, ...this.#operator(protocol, ids)];
  }

  #backstage() {
    return {
      world: this.world,
      faults: this.#faults,
      session: (host: Host<never>) => this.#recorder.session(host),
      history: () => this.#recorder.history(),
      standing: (check: string) => this.#referee.standing(check, this.#finished()),
      end: (violation?: Violation) => {
        if (violation !== undefined) this.#referee.accuse(violation);
        this.world.loop.stop();
      },
    };
  }

  /** Whoever adds and removes servers, if anybody does. */
  #operator(protocol: Protocol, servers: readonly string[]): WorldHost[] {
    const connect = protocol.clients.members;
    if (this.#membership === undefined) return [];
    if (connect === undefined) throw new TypeError(`${protocol.name} has no client library "members"`);
    const { options } = this.#scenario;
    const program = this.#membership.program((host) => connect(host, servers, options as never));
    return [{ id: operatorId, program, role: 'operator' }];
  }

  #clientProgram(protocol: Protocol, servers: readonly string[]): AnyProgram {
    const { workload: spec, options } = this.#scenario;
    const workload: Workload = found('workload', this.#content.workloads, spec.type);
    const connect = protocol.clients[workload.needs];
    if (connect === undefined)
      throw new TypeError(`${protocol.name} has no client library "${workload.needs}"`);
    let given = 0;
    const context: WorkloadContext = {
      servers,
      clients: spec.clients,
      thinkUs: Math.round((1_000_000 * spec.clients) / spec.rate),
      keys: Array.from({ length: spec.keys }, (_, index) => keyName(index)),
      options: spec.options,
      connect: (host: Host<never>) => connect(host, servers, options as never),
      session: (host) => this.#recorder.session(host),
      fresh: () => {
        given += 1;
        return given;
      },
    };
    const { script } = spec;
    if (script === undefined) return workload.program(context);
    const { performer } = workload;
    if (performer === undefined) throw new TypeError(`workload "${workload.name}" takes no script`);
    return this.#scripted((host) => performer(context, host), script);
  }

  /** Clients that do what a script says, each one thing at a time, at its time or as soon as the one before is over. */
  #scripted(
    performer: (host: Host<never>) => ReturnType<NonNullable<Workload['performer']>>,
    script: readonly ScriptedOperation[],
  ): AnyProgram {
    return async (host: Host<never>) => {
      const { world } = this;
      const { incarnation } = world.machine(host.id);
      const perform = performer(host);
      const bornUs = world.nowUs;
      for (const { client, atUs, ...question } of script) {
        // What a client had to do before it was killed is not made up for.
        if (client !== host.id || atUs < bornUs) continue;
        // By the time of the run: the clock of a client may be wrong.
        if (atUs > world.nowUs) await alarm(incarnation!, atUs - world.nowUs);
        await perform(question);
      }
    };
  }

  #plan(): void {
    const { world } = this;
    const { nemesis, durationUs, recoveryUs, core } = this.#scenario;
    this.#script.start();
    if (nemesis !== undefined) {
      const chance = new Nemesis(world, this.#faults, nemesis, durationUs);
      Object.assign(this.#drawn, chance.drawn);
      chance.start();
    }
    world.at(durationUs, () => {
      if (this.#stage !== undefined) {
        world.loop.stop();
        return;
      }
      this.#isRecovering = true;
      world.membership?.end();
      if (core === 'all') this.#faults.endAll();
      else {
        const machines = chooseCore(world, core);
        const servers = machines.filter((machine) => world.serverMachines.includes(machine));
        this.#drawn['recovery core'] = servers.map(({ id }) => id).join(', ');
        this.#faults.heal(machines);
      }
      world.trace('recovery', -1);
    });
    world.at(durationUs + recoveryUs, () => world.loop.stop());
  }

  #stopAt(untilUs: number): void {
    this.world.at(untilUs, () => {
      this.#stoppedUs = untilUs;
      this.world.loop.stop();
    });
  }

  #turn(machine: Machine): void {
    if (!machine.up) this.#recorder.killed(machine.id);
    if (this.#referee.observe(machine, this.world)) this.world.loop.stop();
  }

  #uncaught(machine: Machine, error: unknown): void {
    // A guard's own complaint is told as the escape it is.
    if (this.#escape !== undefined) return;
    this.#referee.accuse({
      check: 'no-uncaught-error',
      message: `${machine.id} did not catch ${describeError(error)}`,
      atUs: this.world.nowUs,
    });
    this.world.loop.stop();
  }

  #escaped(reached: Omit<Escape, 'host' | 'atUs'>): void {
    this.#escape ??= { ...reached, host: this.world.turnOf() ?? 'the scenario', atUs: this.world.nowUs };
    this.world.loop.stop();
  }

  #verdict(stop: Stop): Verdict {
    if (this.#escape !== undefined) {
      const { what, host } = this.#escape;
      return { verdict: 'unknown', reason: `${host} used ${what}, which the simulator does not control` };
    }
    const accused = this.#referee.verdict();
    if (accused.verdict === 'broken') return accused;
    if (stop.reason === 'limit') return limitVerdict(stop);
    if (this.#stoppedUs !== undefined) {
      return { verdict: 'unknown', reason: `it was stopped at ${this.#stoppedUs / 1_000_000} s` };
    }
    const waiting = this.#stage?.unfinished();
    if (waiting !== undefined)
      return broken({ check: directorsCheck, message: waiting, atUs: this.world.nowUs });
    const judged = this.#referee.judge(this.#finished());
    return judged.verdict === 'held' ? this.#vacuity() : judged;
  }

  #finished(): FinishedRun {
    const { durationUs, recoveryUs } = this.#scenario;
    return {
      history: this.#recorder.history(),
      model: this.#model(),
      recoveryUs: this.#isRecovering ? { from: durationUs, to: durationUs + recoveryUs } : undefined,
    };
  }

  #model() {
    const { model } = found('workload', this.#content.workloads, this.#scenario.workload.type);
    return model === undefined ? undefined : found('model', this.#content.models, model);
  }

  /** A run that did next to nothing has not held. */
  #vacuity(): Verdict {
    const { workload, atLeast } = this.#scenario;
    // A script of a few operations may be about none of them succeeding, if it says so; so may whoever directs.
    const mayFail = (workload.script !== undefined && atLeast.operations === 0) || this.#stage !== undefined;
    if (this.#recorder.ok === 0 && !mayFail) return { verdict: 'unknown', reason: 'no operation succeeded' };
    const idle = this.#script.idle();
    return idle === undefined ? held : { verdict: 'unknown', reason: idle };
  }
}

/** What a host is at the end, as plain data. */
function hostNow(machine: Machine): HostNow {
  const { id, up, paused, boots } = machine;
  const state: unknown = machine.state();
  return {
    ...{ host: id, isUp: up, isPaused: paused, lives: boots },
    ...(state !== undefined && { state: JSON.parse(JSON.stringify(state)) }),
  };
}

/** What the disks of a run went through, if they went through anything. */
function destroyedIn({ atlas, machines }: World): Pick<Outcome, 'damage' | 'halts'> {
  const damage = atlas.totals();
  const halts = machines.reduce((sum, machine) => sum + machine.halts, 0);
  return {
    ...(Object.values(damage).some((count) => count > 0) && { damage }),
    ...(halts > 0 && { halts }),
  };
}

function worldSpec(scenario: Scenario) {
  const { network, clocks, disk, ties, buggify, limits } = scenario;
  return {
    network,
    clocks,
    disk,
    ties,
    ...(buggify && { buggify }),
    limits: { ...limitsDefault, ...limits },
  };
}

/** a, b, … z, k27, k28 … */
function keyName(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `k${index + 1}`;
}

function limitVerdict(stop: Stop & { reason: 'limit' }): Verdict {
  const seconds = (stop.atUs / 1_000_000).toFixed(3);
  if (stop.limit === 'instantEvents') {
    const message = `more than ${stop.value} events happened at ${seconds} s without time passing`;
    return { verdict: 'broken', violations: [{ check: 'no-livelock', message, atUs: stop.atUs }] };
  }
  return {
    verdict: 'unknown',
    reason: `the run reached its limit of ${stop.value} ${stop.limit} at ${seconds} s`,
  };
}

function describeError(error: unknown): string {
  if (!(error instanceof Error) && typeof (error as Error | undefined)?.message !== 'string') {
    return `a thrown ${typeof error}: ${String(error)}`;
  }
  const { name, message, stack } = error as Error;
  const where = stack?.split('\n').find((line) => /^\s+at /.test(line) && !/node:|skerry\/dist/.test(line));
  const place = where === undefined ? '' : ` (${where.trim().replace(/^at /, '')})`;
  return `${name}: ${message}${place}`;
}
