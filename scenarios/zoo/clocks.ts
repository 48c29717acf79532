/** Logical clocks with one mistake each. */
import {
  hybridClocksWith,
  lamportClocksWith,
  receivedHybrid,
  supremum,
  vectorClocksWith,
} from '../../protocols/clocks/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';

/** Of two equal physical times it goes on with its own counter only. */
const forgetsCounter: Protocol = {
  ...hybridClocksWith({
    received: (last, sent, now) => {
      const stamp = receivedHybrid(last, sent, now);
      const isEqual = stamp.physicalUs === last.physicalUs && stamp.physicalUs === sent.physicalUs;
      return isEqual ? { ...stamp, logical: last.logical + 1 } : stamp;
    },
  }),
  name: 'zoo/hlc-forgets-counter',
  about: 'Hybrid clocks that forget the counter of a message whose physical time is their own (figure 5).',
};

/** Trusts the wall clock to be beyond everything that it stamped before the restart. */
const forgetsBound: Protocol = {
  ...hybridClocksWith({ resumed: () => ({ physicalUs: 0, logical: 0 }) }),
  name: 'zoo/hlc-forgets-bound',
  about: 'Hybrid clocks that begin with the wall clock after a restart, although it may have gone back.',
};

/** One clock that is far ahead takes all others with it. */
const believesAnything: Protocol = {
  ...hybridClocksWith({ accepts: () => true }),
  name: 'zoo/hlc-believes-anything',
  about: 'Hybrid clocks that take over times however far ahead they are.',
};

/** Begins again where nobody began, though others have its stamps. */
const lamportForgets: Protocol = {
  ...lamportClocksWith({ resumed: () => 0 }),
  name: 'zoo/lamport-forgets-bound',
  about: "Lamport's clocks that begin at nought after a restart.",
};

/** Counts its own event and does not look at the stamp of the message. */
const lamportIgnoresMessages: Protocol = {
  ...lamportClocksWith({ received: (last) => last + 1 }),
  name: 'zoo/lamport-ignores-messages',
  about: "Lamport's clocks that are not moved by the stamps of messages (rule IR2).",
};

/** Begins with nothing, neither what it did nor what it heard. */
const vectorForgets: Protocol = {
  ...vectorClocksWith({ resumed: () => ({}) }),
  name: 'zoo/vector-forgets-bound',
  about: 'Vector clocks that know nothing after a restart.',
};

/** One number for all: Lamport's clock, taken for a vector clock. */
const everybody = 'all';
const vectorSharesComponent: Protocol = {
  ...vectorClocksWith({
    next: (last) => ({ [everybody]: (last[everybody] ?? 0) + 1 }),
    received: (last, sent) => ({ [everybody]: (supremum(last, sent)[everybody] ?? 0) + 1 }),
  }),
  name: 'zoo/vector-shares-component',
  about: 'Vector clocks whose hosts share one component: what is concurrent seems to be in order.',
};

export const clockSpecimens: readonly Protocol[] = [
  ...[forgetsCounter, forgetsBound, believesAnything],
  ...[lamportForgets, lamportIgnoresMessages, vectorForgets, vectorSharesComponent],
];
