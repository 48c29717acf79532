/** The operations of one register, laid out in arrays for the engines that judge registers. */
import type { Operation } from '../../history.ts';
import { Values } from './values.ts';

/** A refused cas saw any value but `from`. */
export const Deed = { read: 0, write: 1, cas: 2, refused: 3 } as const;

export interface Cells {
  readonly count: number;
  /** A `Deed` each. What can have no effect and told nobody anything is left out. */
  readonly deed: Uint8Array;
  /** The number of the value that was read or expected, -1 for a write. */
  readonly from: Int32Array;
  /** The number of the value that was written, -1 for what writes nothing. */
  readonly to: Int32Array;
  readonly call: Float64Array;
  /** Infinite for what may have happened at any time after its call, or never. */
  readonly returned: Float64Array;
  /** Where each stands in the part. */
  readonly at: Int32Array;
  readonly values: Values;
  /** The number of the value before the first operation. */
  readonly initial: number;
}

/** Lays out a part; the name of the function is the answer if one of them is not a register's. */
export function cellsOf(part: readonly Operation[], initial: unknown): Cells | string {
  const values = new Values();
  const initialNumber = values.number(initial);
  const nothing = values.number(null);
  const deed = new Uint8Array(part.length);
  const from = new Int32Array(part.length).fill(-1);
  const to = new Int32Array(part.length).fill(-1);
  const call = new Float64Array(part.length);
  const returned = new Float64Array(part.length);
  const at = new Int32Array(part.length);
  let count = 0;
  for (let position = 0; position < part.length; position++) {
    const operation = part[position];
    const { f, type } = operation;
    const isOk = type === 'ok';
    if (type === 'fail') continue;
    switch (f) {
      case 'read':
      case 'get':
        if (!isOk) continue;
        deed[count] = Deed.read;
        from[count] = values.number(operation.output);
        break;
      case 'write':
      case 'put':
        deed[count] = Deed.write;
        to[count] = values.number(operation.value);
        break;
      case 'delete':
        deed[count] = Deed.write;
        to[count] = nothing;
        break;
      case 'cas': {
        if (!Array.isArray(operation.value) || operation.value.length !== 2) return f;
        from[count] = values.number(operation.value[0]);
        const written = values.number(operation.value[1]);
        if (isOk && operation.output === false) {
          deed[count] = Deed.refused;
        } else if (from[count] === written) {
          // Success changes nothing: it is a read.
          if (isOk) deed[count] = Deed.read;
          else {
            from[count] = -1;
            continue;
          }
        } else {
          deed[count] = Deed.cas;
          to[count] = written;
        }
        break;
      }
      default:
        return f;
    }
    const end = isOk ? operation.return : null;
    call[count] = operation.call;
    returned[count] = end === null ? Number.POSITIVE_INFINITY : end;
    at[count] = position;
    count++;
  }
  return { count, deed, from, to, call, returned, at, values, initial: initialNumber };
}
