/** Placement with one mistake each. */
import {
  hashText,
  type Place,
  type PlacementRules,
  ringPlacementWith,
} from '../../protocols/placement/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';

const specimen = (name: string, about: string, replaced: Partial<PlacementRules>): Protocol => ({
  ...ringPlacementWith(replaced),
  name,
  about,
});

/** The hash modulo the number of members. */
const modulo: Place = (members) => ({
  owners: (key, n) => members.slice(0, n).map((_, at) => members[(hashText(key) + at) % members.length]!.id),
});

export const placementSpecimens: readonly Protocol[] = [
  specimen(
    'zoo/placement-modulo',
    'Keys belong to the server whose number is their hash modulo the number of servers: nearly all move when one joins.',
    { place: modulo },
  ),
  specimen(
    'zoo/placement-unasked',
    'A server serves a key as soon as the key is its own by its view, and does not ask the owner before, who may not know.',
    { tenure: (views, key, version) => ({ ...views.tenure(key, version), before: null }) },
  ),
];
