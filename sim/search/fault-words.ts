/** What a fault is told as, from its kind and its text in the trace (`{n1, n2}` stands for the hosts in it). */

/** How it began. */
export function beganText(kind: string, text: string): string {
  const on = inWords(text);
  switch (kind) {
    case 'partition':
      return `the network was split: ${text}`;
    case 'packet':
      return `${on} became unreliable`;
    case 'hold':
      return `packets of ${on} were held back`;
    case 'bandwidth':
      return `the bandwidth of ${on} was cut`;
    case 'pause':
      return `${on} ${were(text)} paused`;
    case 'slow':
      return `the ${processors(text)} of ${on} became slow`;
    case 'restart':
      return `a restart began of ${on}`;
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
      return `the bandwidth of ${on} was as before`;
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
