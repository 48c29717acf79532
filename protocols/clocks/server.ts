/** A host with a logical clock: stamps what clients bring about, tells another host of it, and hears of what they did. */
import type { Host, HostId, Message } from '../host.ts';
import { DurableClock } from './durable-clock.ts';
import type { LogicalClock, Reading } from './logical-clock.ts';
import { type ClockEvent, type ClockView, type ClockWire, recentMax } from './messages.ts';
import { stampText } from './stamp-text.ts';

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
    if (durable.bound !== null) {
      const [written, from] = [stampText(durable.bound), stampText(durable.last)];
      host.log('clock goes on', { from, 'last written down': written });
    }

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

    host.on('stamp', async (_, client) => {
      const stamp = await durable.event(read());
      const { name } = record(stamp);
      const told = { number: view.count, stamp: stampText(stamp), for: client };
      if (others.length > 0) {
        const to = others[host.random.below(others.length, 'receiver')] as HostId;
        host.log('stamped', { ...told, 'sent to': to });
        host.send(to, 'note', { name, stamp });
      } else host.log('stamped', told);
      return { stamp };
    });

    host.on('note', async ({ name, stamp: sent }, from) => {
      const now = read();
      if (!clock.accepts(sent, now)) {
        view.refused++;
        host.log('message from too far ahead', { from, stamp: stampText(sent) });
        return;
      }
      const stamp = await durable.event(now, sent);
      record(stamp, { name, stamp: sent, from });
      const told = { number: view.count, stamp: stampText(stamp), from, 'sent with': stampText(sent) };
      host.log('received and stamped', told);
    });
  };
