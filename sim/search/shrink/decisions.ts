/** What was decided in a shrunk run otherwise than in a calm world, in words whose names survive most edits of the code. */
import type { Tape } from '../../kernel/choices.ts';
import { Sampler } from '../../world/distribution.ts';
import type { TimedFault } from '../../world/spec.ts';
import { faultName } from '../fault-words.ts';
import type { Scenario, ScriptedOperation } from '../scenario/index.ts';

/** More draws than this are counted, not told. */
const drawsMax = 20;

/** Faults and operations in the order of the script, then the draws that matter. */
export function decisionsOf(shrunk: { readonly scenario: Scenario; readonly draws?: Tape }): string[] {
  const { scenario, draws } = shrunk;
  const { faults, workload } = scenario;
  const drawn = [...(draws ?? [])].flatMap(([label, values]) =>
    [...values].map(([ordinal, value]) => drawText(label, ordinal, value, scenario)),
  );
  const more = drawn.length - drawsMax;
  return [
    ...faults.map((line, index) => `fault ${index + 1}: ${faultText(line)}`),
    ...(workload.script ?? []).map(
      (operation, index) => `operation ${index + 1}: ${operationText(operation)}`,
    ),
    ...drawn.slice(0, drawsMax),
    ...(more > 0 ? [`and ${more} more draw${more === 1 ? '' : 's'}`] : []),
  ];
}

function faultText(line: TimedFault): string {
  const { fault, forUs } = line;
  const name = faultName(line).replace(/^the /, '');
  const lasts = forUs === undefined ? '' : ` for ${ms(forUs)}`;
  if (fault.kind !== 'kill') return `${name}${lasts}`;
  const after = fault.afterEffects?.map((effects) => `after ${effects} more effects`).join(', ');
  const back = fault.restartAfterUs === undefined ? lasts : `, back after ${ms(fault.restartAfterUs)}`;
  return `${name}${after === undefined ? '' : ` ${after}`}, disk: ${fault.storage}${back}`;
}

function operationText({ client, atUs, f, key, value }: ScriptedOperation): string {
  const on = key === undefined ? '' : ` "${key}"`;
  const asked = value === undefined ? '' : ` ${JSON.stringify(value)}`;
  return `${client} ${f}${on}${asked} at ${atUs / 1_000_000} s`;
}

const families =
  'handshake|loss|duplicate|copy delay|delay|reorder by|reorder|corrupt|flip|tie|reset|release' as const;
const packetLabel = new RegExp(`^(\\S+)>(\\S+) (.+?) (${families})(?: (.+))?$`);

/**
 * A draw in words: `packet 3 of appendEntries n1→n2: lost`, `n2 election timeout, second draw: 187213`.
 * @param ordinal from 0
 */
export function drawText(label: string, ordinal: number, value: number, scenario: Scenario): string {
  const packet = packetLabel.exec(label);
  if (packet !== null) {
    const [, from, to, kind, family = '', of] = packet;
    const why = of === undefined ? '' : ` (${of})`;
    return `packet ${ordinal + 1} of ${kind} ${from}→${to}: ${packetText(family, value, scenario)}${why}`;
  }
  const boot = /^(\S+) boot$/.exec(label);
  if (boot !== null) return `${boot[1]} boots ${ms(value)} after the start`;
  const place = ordinals[ordinal] ?? `${ordinal + 1}th`;
  return `${label}, ${place} draw: ${value}`;
}

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

function packetText(family: string, value: number, { network }: Scenario): string {
  switch (family) {
    case 'loss':
      return 'lost';
    case 'duplicate':
      return 'doubled';
    case 'corrupt':
      return 'corrupted';
    case 'reorder':
      return 'overtaken';
    case 'delay':
    case 'copy delay': {
      const isEverywhere = network.links.length === 0 && network.between === undefined;
      const what = family === 'delay' ? 'under way' : 'its copy under way';
      return isEverywhere
        ? `${what} for ${ms(new Sampler(network.latency).sample(value))}`
        : `${what} for longer`;
    }
    case 'tie':
      return 'not the first of those that arrive at the same time';
    default:
      return `${family} ${value}`;
  }
}

const ms = (us: number): string => (us >= 1_000_000 ? `${us / 1_000_000} s` : `${us / 1000} ms`);
