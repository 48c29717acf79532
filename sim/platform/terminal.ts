/** What a stream can show: whether a line may be rewritten, how wide it is, and whether it takes colour. */
import type { WriteStream } from 'node:tty';

export interface Terminal {
  /** Someone watches: a progress line may be rewritten. False off a terminal and under CI. */
  readonly isLive: boolean;
  readonly columns: number;
  /** `NO_COLOR` beats `FORCE_COLOR`, which beats what the stream is. */
  readonly hasColor: boolean;
}

const columnsDefault = 80;

type Environment = Readonly<Record<string, string | undefined>>;
type Stream = Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

export function terminalOf(stream: Stream, environment: Environment = process.env): Terminal {
  const isTerminal = stream.isTTY === true && environment.TERM !== 'dumb';
  const isCi = isSet(environment.CI);
  return {
    isLive: isTerminal && !isCi,
    columns: stream.columns || columnsDefault,
    hasColor: colorOf(environment) ?? (isTerminal && !isCi),
  };
}

/** https://no-color.org: present and not empty, whatever the value. */
function colorOf({ NO_COLOR, FORCE_COLOR }: Environment): boolean | undefined {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return isSet(FORCE_COLOR) || FORCE_COLOR === '';
  return undefined;
}

const isSet = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false'].includes(value);
