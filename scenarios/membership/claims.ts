/** What SWIM promises, read off what its members believe. */
import { rankOf, type SwimView } from '../../protocols/membership/index.ts';
import { type Check, sometimes, tableNeverGoesBack, viewsConverge } from '../../sim/index.ts';

const view = (state: unknown): SwimView | undefined => state as SwimView | undefined;

const standings = tableNeverGoesBack(
  'standing-never-goes-back',
  'Nothing that a member believes of another one is replaced by older news.',
  {
    noun: 'standing (three times the incarnation, 1 more for suspects, 2 for the dead)',
    restarts: 'may take it back',
    *numbers(state) {
      for (const [member, standing] of view(state)?.members ?? []) yield [member, rankOf(standing)] as const;
    },
  },
);

/** Suspicion comes and goes wherever messages are lost; death should not, while nothing is broken. */
const agreement = viewsConverge(
  'members-agree',
  'In the end all members take the same ones for dead.',
  'list of the dead',
  (state) => {
    const members = view(state)?.members;
    if (members === undefined) return undefined;
    return [...members].filter(([, { status }]) => status === 'dead').map(([member]) => member);
  },
);

const condemned = sometimes('member-condemned', 'A member is taken for dead.', ({ state }) =>
  [...(view(state)?.members?.values() ?? [])].some(({ status }) => status === 'dead'),
);

export const membershipChecks: readonly Check[] = [
  { name: standings.name, about: standings.about, kind: 'always', options: {}, claim: () => standings },
  { name: agreement.name, about: agreement.about, kind: 'finally', options: {}, claim: () => agreement },
  { name: condemned.name, about: condemned.about, kind: 'sometimes', options: {}, claim: () => condemned },
];
