/** SWIM with one mistake. */
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

export const membershipSpecimens: readonly Protocol[] = [resurrects];
