/**
 * What chance decides about packets. What happens to packet k of a kind on the way from a to b is drawn under the label
 * `a>b kind …` with ordinal k, so that a packet more on one link, or of one kind, moves nothing elsewhere. Labels become
 * text only while a tape is recorded or replayed.
 */
import type { HostId, Ratio } from '../../protocols/host.ts';
import { type Choices, hashText, joinHash } from '../kernel/choices.ts';
import type { Packet } from './packet.ts';

/** What is drawn for a packet: each has a label of its own on each link. */
export interface Family {
  readonly name: string;
  readonly hash: number;
}

const family = (name: string): Family => ({ name, hash: hashText(name) });

export const families = {
  delay: family('delay'),
  tie: family('tie'),
  loss: family('loss'),
  duplicate: family('duplicate'),
  copyDelay: family('copy delay'),
  reorder: family('reorder'),
  reorderBy: family('reorder by'),
  corrupt: family('corrupt'),
  flip: family('flip'),
  handshake: family('handshake'),
  reset: family('reset'),
  release: family('release'),
};

/** Whose draw it is, apart from the ordinary ones of a link: a fault's, or a second attempt's. */
export interface Apart {
  readonly hash: number;
  readonly text: string;
}

export const apart = (text: string): Apart => ({ hash: hashText(text), text });

/** The label of a later attempt; `attempt` counts from 0. */
export function tried(own: Apart | undefined, attempt: number): Apart | undefined {
  if (attempt === 0) return own;
  const text = `try ${attempt + 1}`;
  return apart(own === undefined ? text : `${own.text} ${text}`);
}

export class PacketChance {
  readonly #choices: Choices;
  readonly #names: readonly HostId[];
  readonly #hashes: Int32Array;

  constructor(choices: Choices, names: readonly HostId[]) {
    this.#choices = choices;
    this.#names = names;
    this.#hashes = Int32Array.from(names, hashText);
  }

  /** What all draws for the packets of its kind and link begin with. */
  hashOf({ kind, from, to }: Packet): number {
    return joinHash(joinHash(kind.hash, this.#hashes[from]!), this.#hashes[to]!);
  }

  /** 32 bits. */
  raw(packet: Packet, hash: number, family: Family, ordinal: number, own?: Apart): number {
    const labelHash = (own === undefined ? hash : joinHash(hash, own.hash)) ^ family.hash;
    if (!this.#choices.labelled) return this.#choices.raw(labelHash, ordinal);
    return this.#choices.draw(labelHash, ordinal, 4294967296, this.#label(packet, family, own));
  }

  hits(
    packet: Packet,
    hash: number,
    family: Family,
    ordinal: number,
    [hits, outOf]: Ratio,
    own?: Apart,
  ): boolean {
    const labelHash = (own === undefined ? hash : joinHash(hash, own.hash)) ^ family.hash;
    const label = this.#choices.labelled ? this.#label(packet, family, own) : '';
    return this.#choices.draw(labelHash, ordinal, outOf, label) >= outOf - hits;
  }

  #label(packet: Packet, family: Family, own: Apart | undefined): string {
    const why = own === undefined ? '' : ` ${own.text}`;
    return `${this.#names[packet.from]}>${this.#names[packet.to]} ${packet.kind.name} ${family.name}${why}`;
  }
}
