/**
 * Rendezvous hashing: for each key every server has a score, and the best one is the owner (Thaler & Ravishankar, *Using
 * Name-Based Mappings to Increase Hit Rates*, IEEE/ACM Transactions on Networking 6(1), 1998). Its shares are even without
 * further ado; a lookup looks at all servers.
 */
import { binaryLogarithm, logarithmOne } from './binary-logarithm.ts';
import { hashPair, hashText } from './hash.ts';
import type { Member, Place } from './view.ts';

interface Contender extends Member {
  readonly hash: number;
}

/**
 * With a hash u taken for a number between 0 and 1, -log u is exponentially distributed, and the smallest of some
 * -log u / weight belongs to each server as often as its weight says (Schindelhauer & Schomaker, *Weighted Distributed
 * Hash Tables*, SPAA 2005, §3: the logarithmic method). The logarithm is one of whole numbers, so that the quotients can
 * be compared exactly.
 */
export const rendezvous: Place = (members) => {
  const contenders = members.map((member): Contender => ({ ...member, hash: hashText(member.id) }));
  return {
    owners(key, n) {
      const hash = hashText(key);
      const bids = contenders.map((contender): Bid => ({ contender, distance: distance(contender, hash) }));
      if (n === 1 && bids.length > 0) return [bids.reduce(better).contender.id];
      bids.sort((left, right) => (better(left, right) === left ? -1 : 1));
      return bids.slice(0, n).map(({ contender }) => contender.id);
    },
  };
};

interface Bid {
  readonly contender: Contender;
  readonly distance: number;
}

const distance = ({ hash }: Contender, key: number): number =>
  32 * logarithmOne - binaryLogarithm(hashPair(hash, key) + 1);

/** The one with the smaller distance for its weight; below 2^29 times 1,000 the products are exact. */
function better(left: Bid, right: Bid): Bid {
  const [ours, theirs] = [left.distance * right.contender.weight, right.distance * left.contender.weight];
  if (ours !== theirs) return ours < theirs ? left : right;
  return left.contender.id < right.contender.id ? left : right;
}
