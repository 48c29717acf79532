/** SWIM with one mistake each. */
import { overrides, swimWith } from '../../protocols/membership/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';

/** Whoever is said to be alive is taken back, however old the news. */
const resurrects: Protocol = {
  ...swimWith({
    overrides: (news, known) =>
      (news.status === 'alive' && known.status === 'dead') || overrides(news, known),
  }),
  name: 'zoo/swim-resurrects',
  about: 'SWIM in which old news of a living member override its death.',
};

/** Who comes again is the one that left: the others have its word for it that it is gone. */
const returnsAsItLeft: Protocol = {
  ...swimWith({ entering: (last) => last }),
  name: 'zoo/swim-returns-as-it-left',
  about: 'SWIM in which a member that left joins again with the incarnation that it left with.',
};

/** Of the deaths of all others it must hear, and cut off it never does. */
const probesTheSameFew: Protocol = {
  ...swimWith({ probingRound: (members) => members.slice(0, 2) }),
  name: 'zoo/swim-probes-the-same-few',
  about: 'SWIM whose members each probe two others, always the same (§4.3).',
};

export const membershipSpecimens: readonly Protocol[] = [resurrects, returnsAsItLeft, probesTheSameFew];
