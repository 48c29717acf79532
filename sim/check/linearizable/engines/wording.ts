/** How engines name operations in their sentences. */
import { asker, calledAt, deed, type Operation, returnedAt } from '../../history.ts';

/** `get → 3 by c2` */
export const named = (operation: Operation): string => `${deed(operation)} by ${asker(operation)}`;

/** `get → 3 by c2, called at 55` */
export const withCall = (operation: Operation): string =>
  `${named(operation)}, called at ${calledAt(operation)}`;

/** `put 4 by c1, which returned at 40` */
export const withReturn = (operation: Operation): string =>
  operation.type === 'ok'
    ? `${named(operation)}, which returned at ${returnedAt(operation)}`
    : `${named(operation)}, whose fate is unknown`;
