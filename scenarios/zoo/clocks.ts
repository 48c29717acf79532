/** Hybrid logical clocks with one mistake each. */
import { hybridClocksWith, receivedHybrid } from '../../protocols/clocks/index.ts';
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

export const clockSpecimens: readonly Protocol[] = [forgetsCounter, forgetsBound, believesAnything];
