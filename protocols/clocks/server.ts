/** A host with a logical clock: stamps what clients bring about, tells another host of it, and hears of what they did. */
import type { Host, HostId, Message } from '../host.ts';
import { DurableClock } from './durable-clock.ts';
import type { LogicalClock, Reading } from './logical-clock.ts';
import { type ClockEvent, type ClockView, type ClockWire, recentMax } from './messages.ts';

export const clockServer =
  <Stamp extends Message>(clock: LogicalClock<Stamp>) =>
  async (host: Host<ClockWire<Stamp>>): Promise<void> => {
    const durable = await DurableClock.open(host.disk, 'clock', clock);
    const others = host.peers.filter((peer) => peer !== host.id);
    const recent: ClockEvent<Stamp>[] = [];
    const view: { -readonly [K in keyof ClockView<Stamp>]: ClockView<Stamp>[K] } = {
      clock: clock.name,
      life: host.random.below(2 ** 32, 'life'),
      stamp: null,
      physicalUsMax: 0,
      count: 0,
      recent,
      refused: 0,
    };
    host.expose(() => view);

    const read = (): Reading => {
      const physicalUs = Math.round(host.clock.now() * 1000);
      view.physicalUsMax = Math.max(view.physicalUsMax, physicalUs);
      return { host: host.id, physicalUs };
    };
    const record = (stamp: Stamp, cause?: ClockEvent<Stamp>['cause']): ClockEvent<Stamp> => {
      view.count++;
      const event = { name: `${host.id}/${view.life}/${view.count}`, stamp, ...(cause && { cause }) };
      view.stamp = stamp;
      recent.push(event);
      if (recent.length > recentMax) recent.shift();
      return event;
    };

    host.on('stamp', async () => {
      const stamp = await durable.event(read());
      const { name } = record(stamp);
      if (others.length > 0) {
        const to = others[host.random.below(others.length, 'receiver')] as HostId;
        host.send(to, 'note', { name, stamp });
      }
      return { stamp };
    });

    host.on('note', async ({ name, stamp: sent }, from) => {
      const now = read();
      if (!clock.accepts(sent, now)) {
        view.refused++;
        host.log('message from too far ahead', { from });
        return;
      }
      record(await durable.event(now, sent), { name, stamp: sent, from });
    });
  };
