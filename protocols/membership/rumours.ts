/** News that ride on the messages of the failure detector (§4.1): those that were sent least often go first. */
import type { HostId } from '../host.ts';
import type { News } from './standing.ts';

export class Rumours {
  readonly #news = new Map<HostId, { news: News; sent: number }>();
  /** How often news are passed on; grows with the group. */
  sendingsMax: number;

  constructor(sendingsMax: number) {
    this.sendingsMax = sendingsMax;
  }

  /** Replaces older news of the same member. */
  add(news: News): void {
    this.#news.set(news.member, { news, sent: 0 });
  }

  /** At most so many, which count as sent. */
  take(limit: number): News[] {
    const chosen = [...this.#news.values()].sort((left, right) => left.sent - right.sent).slice(0, limit);
    for (const rumour of chosen) {
      rumour.sent++;
      if (rumour.sent >= this.sendingsMax) this.#news.delete(rumour.news.member);
    }
    return chosen.map(({ news }) => news);
  }
}
