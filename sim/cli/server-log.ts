/** What a server says while it runs: lines for people, or JSON for machines. */
import { stateText } from '../entry/main.ts';
import type { Terminal } from './terminal.ts';

export interface ServerLog {
  /** It listens now. */
  listens(
    address: string,
    about: { readonly protocol: string; readonly role: string; readonly data: string },
  ): void;
  /** Its protocol has something to tell. */
  event(event: string, detail: object | undefined): void;
  /** Its program did not catch an error. */
  uncaught(error: unknown, during: string): void;
  /** It is over. */
  stopped(): void;
}

/** One line an event, with the wall time. */
export function readableLog(id: string, { print, say, sayPalette, palette }: Terminal): ServerLog {
  const { faint, bad } = sayPalette;
  const time = () => faint(new Date().toISOString().slice(11, 23));
  return {
    listens: (address, { protocol, role, data }) =>
      print(
        `${palette.strong(id)} listens on ${address}  ${palette.faint(`${protocol}, ${role}; files in ${data}`)}`,
      ),
    event: (event, detail) =>
      say(`${time()} ${id}  ${event}${detail === undefined ? '' : ` ${faint(inline(detail))}`}`),
    uncaught: (error, during) =>
      say(
        `${time()} ${id}  ${bad(`its ${during} did not catch`)} ${error instanceof Error ? error.stack : String(error)}`,
      ),
    stopped: () => say(`${time()} ${id}  stopped`),
  };
}

/** One JSON object an event; the first one goes to standard output, as its line for people does. */
export function jsonLog(id: string, { print, say }: Terminal): ServerLog {
  const line = (event: string, more: object) =>
    JSON.stringify({ time: new Date().toISOString(), id, event, ...more });
  return {
    listens: (address, about) => print(line('listens', { address, ...about })),
    event: (event, detail) =>
      say(line(event, detail === undefined ? {} : { detail: JSON.parse(stateText(detail)) })),
    uncaught: (error, during) =>
      say(line('uncaught error', { during, error: error instanceof Error ? error.stack : String(error) })),
    stopped: () => say(line('stopped', {})),
  };
}

/** `term 3, to n2`. */
function inline(detail: object): string {
  const value = JSON.parse(stateText(detail)) as object;
  if (Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, part]) => `${key} ${typeof part === 'string' ? part : JSON.stringify(part)}`)
    .join(', ');
}
