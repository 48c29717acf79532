/** What SWIM promises, read off what its members believe. */
import { rankOf, rankText, type SwimView } from '../../protocols/membership/index.ts';
import {
  type Check,
  failuresDetected,
  sometimes,
  tableNeverGoesBack,
  viewsConverge,
} from '../../sim/index.ts';

const view = (state: unknown): SwimView | undefined => state as SwimView | undefined;

const revision = (state: unknown): number | undefined => view(state)?.revision;

const standings = tableNeverGoesBack(
  'standing-never-goes-back',
  'Nothing that a member believes of another one is replaced by older news.',
  {
    noun: 'standing',
    restarts: 'may take it back',
    *numbers(state) {
      for (const [member, standing] of view(state)?.members ?? []) yield [member, rankOf(standing)] as const;
    },
    inWords: rankText,
    revision,
  },
);

/** Suspicion comes and goes wherever messages are lost; death should not, while nothing is broken. */
const agreement = viewsConverge(
  'members-agree',
  'In the end all members know the same members, and take the same ones for dead.',
  'list of members',
  (state) => {
    const shown = view(state);
    if (shown?.members === undefined) return undefined;
    if (!shown.isMember) return null;
    const members = [...shown.members].filter(([, { status }]) => status !== 'left').sort();
    const dead = members.filter(([, { status }]) => status === 'dead');
    return { members: members.map(([member]) => member), dead: dead.map(([member]) => member) };
  },
  revision,
);

/**
 * What agreement does not say: members that all go on believing in one that is dead agree. With probes in rounds each
 * member finds it out by itself, cut off or not (§3: time-bounded completeness; §4.3: within 2n - 1 periods).
 */
const deathsFound: Check = {
  name: 'deaths-found',
  about:
    'Every member that is down is taken for dead by every other one within a bound, whatever the network does.',
  kind: 'always',
  options: {
    within: {
      type: 'duration',
      default: 3500,
      min: 1,
      about:
        'For a group of n: 2n - 1 periods until it is probed, one for that, and the time for which it is a suspect; more ' +
        'if clocks are slow. Of the time for which it is down and the other one runs.',
    },
  },
  claim: ({ within }) =>
    failuresDetected(deathsFound.name, deathsFound.about, {
      withinUs: Number(within) * 1000,
      *believed(state) {
        const shown = view(state);
        if (shown?.isMember !== true) return;
        for (const [member, { status, incarnation }] of shown.members) {
          if (status === 'alive' || status === 'suspect') yield [member, incarnation] as const;
        }
      },
      revision,
    }),
};

const condemned = sometimes('member-condemned', 'A member is taken for dead.', ({ state }) =>
  [...(view(state)?.members?.values() ?? [])].some(({ status }) => status === 'dead'),
);

const joined = sometimes(
  'member-joined',
  'A server that was not there from the start is a member.',
  ({ state }) => view(state)?.isMember === true && view(state)?.isNew === true,
);

const left = sometimes('member-left', 'A member knows of another one that left.', ({ state }) =>
  [...(view(state)?.members?.values() ?? [])].some(({ status }) => status === 'left'),
);

export const membershipChecks: readonly Check[] = [
  { name: standings.name, about: standings.about, kind: 'always', options: {}, claim: () => standings },
  { name: agreement.name, about: agreement.about, kind: 'finally', options: {}, claim: () => agreement },
  deathsFound,
  ...[condemned, joined, left].map(
    (claim): Check => ({
      name: claim.name,
      about: claim.about,
      kind: 'sometimes',
      options: {},
      claim: () => claim,
    }),
  ),
];
