/** What a fault is told as, from its kind and its text in the trace (`{n1, n2}` stands for the hosts in it). */
import type { Ratio } from '../../protocols/host.ts';
import { Sampler } from '../world/distribution.ts';
import type { Fault, FaultOf, Targets, TimedFault } from '../world/spec.ts';

/** A fault of a script as a noun, with its time: `the pause of c2 at 5.1 s`. */
export function faultName({ fault, atUs }: Pick<TimedFault, 'fault' | 'atUs'>): string {
  const when = atUs === undefined ? '' : ` at ${atUs / 1_000_000} s`;
  return `the ${noun(fault)}${when}`;
}

function noun(fault: Fault): string {
  switch (fault.kind) {
    case 'partition':
      return partitionNoun(fault);
    case 'packet':
      return `bad links of ${targetText(fault.targets)}`;
    case 'hold':
      return `held packets of ${targetText(fault.targets)}`;
    case 'bandwidth':
      return `narrow links of ${targetText(fault.targets)}`;
    case 'kill':
      return `kill of ${targetText(fault.targets)}`;
    case 'disk':
      return `${diskNouns[fault.shape]} of ${targetText(fault.targets)}`;
    case 'pause':
      return `pause of ${targetText(fault.targets)}`;
    case 'slow':
      return `slow processor of ${targetText(fault.targets)}`;
    case 'restart':
      return `restart of ${targetText(fault.targets)}`;
    case 'clock': {
      const what = 'offsetUs' in fault ? 'clock jump' : 'driftPpm' in fault ? 'clock drift' : 'stopped clock';
      return `${what} of ${targetText(fault.targets)}`;
    }
    case 'members': {
      const servers = 'servers' in fault ? fault.servers : fault.targets;
      return `order to ${fault.change} ${servers === 'one-spare' ? 'a spare server' : targetText(servers)}`;
    }
  }
}

const diskNouns = {
  slow: 'slow disk',
  'io-error': 'I/O errors',
  full: 'full disk',
  corrupt: 'corrupt reads',
  misdirect: 'misdirected writes',
  lie: 'lying syncs',
} as const;

function partitionNoun(fault: FaultOf<'partition'>): string {
  switch (fault.shape) {
    case 'groups':
      return `split ${fault.groups.map((group) => `{${group.join(', ')}}`).join(' | ')}`;
    case 'one-way':
      return `cut from ${targetText(fault.from)} to ${targetText(fault.to)}`;
    case 'isolate':
      return `isolation of ${targetText(fault.targets)}`;
    default:
      return `split (${fault.shape})`;
  }
}

function targetText(targets: Targets): string {
  if (typeof targets === 'string') return targets.replaceAll('-', ' ');
  return targets.join(', ').replace(/, (?=[^,]*$)/, ' and ');
}

/** How it began; with the fault itself, more about it. */
export function beganText(kind: string, text: string, fault?: Fault): string {
  const on = inWords(text);
  switch (kind) {
    case 'partition':
      return `the network was split: ${text}`;
    case 'packet':
      return `${on} ${fault?.kind === 'packet' ? packetText(fault) : 'became unreliable'}`;
    case 'hold':
      return `packets of ${on} were held back`;
    case 'bandwidth':
      return `the bandwidth of ${on.replace(/ to \d+ bytes a second$/, ' was cut$&')}`;
    case 'pause':
      return `${on} ${were(text)} paused`;
    case 'slow':
      return `the ${processors(text)} of ${on} became slow`;
    case 'restart':
      return fault?.kind === 'restart' ? restartText(on, fault) : `a restart began of ${on}`;
    case 'disk':
      return `${on} from now on`;
    case 'clock':
      return `the ${clocks(text)} of ${clockText(on)}`;
    case 'members':
      return `the operator began to change the members: ${on}`;
    default:
      return `${kind}: ${on}`;
  }
}

/** How it ended. */
export function endedText(kind: string, text: string): string {
  const on = inWords(text);
  switch (kind) {
    case 'partition':
      return `the split ${text} healed`;
    case 'packet':
      return `${on} became reliable again`;
    case 'hold':
      return `the packets of ${on} were released`;
    case 'bandwidth':
      return `the bandwidth of ${on.replace(/ to \d+ bytes a second$/, '')} was as before`;
    case 'pause':
      return `${on} went on`;
    case 'slow':
      return `the ${processors(text)} of ${on} had time again`;
    case 'restart':
      return `the restart of ${on} was over`;
    case 'disk':
      return `no more ${on}`;
    case 'clock':
      return `the ${clocks(text)} of ${hostsOf(on)} ${were(text)} put right`;
    case 'members':
      return `the operator was done: ${on}`;
    default:
      return `${kind} was over: ${on}`;
  }
}

/** `began to lose 20% of the packets, and to delay packets by about 5 ms`. */
function packetText({ loss, duplicate, delay, reorder, corrupt }: FaultOf<'packet'>): string {
  const isSome = (odds: Ratio | undefined): odds is Ratio => odds !== undefined && odds[0] > 0;
  const percent = ([hits, outOf]: Ratio) => `${Math.round((hits * 1000) / outOf) / 10}%`;
  const delayUs = new Sampler(delay).medianUs;
  const parts = [
    ...(isSome(loss) ? [`lose ${percent(loss)} of the packets`] : []),
    ...(isSome(duplicate) ? [`double ${percent(duplicate)} of the packets`] : []),
    ...(delayUs > 0 ? [`delay packets by about ${Math.round(delayUs / 100) / 10} ms`] : []),
    ...(isSome(reorder?.odds) ? [`let ${percent(reorder.odds)} of the packets be overtaken`] : []),
    ...(isSome(corrupt) ? [`flip bits in ${percent(corrupt)} of the packets`] : []),
  ];
  return parts.length === 0 ? 'became unreliable' : `began to ${parts.join(', and to ')}`;
}

function restartText(on: string, { how, targets, rounds }: FaultOf<'restart'>): string {
  const hosts = on.replace(', one after another', '');
  const times = rounds === 1 ? '' : `, ${rounds} times over`;
  if (Array.isArray(targets) && targets.length === 1) {
    return how === 'crash'
      ? `${hosts} began to crash and come back${times}`
      : `${hosts} was restarted${times}`;
  }
  return `${hosts} began to be ${how === 'crash' ? 'killed' : 'restarted'} one after another${times}`;
}

/** `the links of {n1, n2}` becomes `the links of n1 and n2`. */
const inWords = (text: string): string =>
  text.replace(/\{([^}]*)\}/g, (_, hosts: string) => hosts.replace(/, (?=[^,]*$)/, ' and '));

const isMany = (text: string): boolean => /\{[^}]*,[^}]*\}/.test(text);
const were = (text: string): string => (isMany(text) ? 'were' : 'was');
const clocks = (text: string): string => (isMany(text) ? 'clocks' : 'clock');
const processors = (text: string): string => (isMany(text) ? 'processors' : 'processor');

/** `n1 by 5 s`, `n1 at +200 ppm`, `n1 standing still`. */
function clockText(text: string): string {
  if (text.endsWith(' standing still')) return text.replace(' standing still', ' stood still');
  return / at [+-]?\d+ ppm$/.test(text)
    ? text.replace(' at ', ' ran at ')
    : text.replace(' by ', ' jumped by ');
}

const hostsOf = (text: string): string => text.replace(/ (by|at|standing) .*$/, '');
