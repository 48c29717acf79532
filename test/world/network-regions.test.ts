import { describe, expect, test } from 'vitest';
import { idle, ms, worldOf } from './fixture.ts';
import { type Flow, flow, startUs } from './flow.ts';

const constant = (valueUs: number) => ({ dist: 'constant', valueUs }) as const;
const both = (one: string, other: string): Flow[] => [
  { from: one, to: other, count: 1 },
  { from: other, to: one, count: 1 },
];
const flows = [...both('n1', 'n2'), ...both('n1', 'n3'), ...both('n2', 'n3')];

async function delays(network: Parameters<typeof flow>[0]) {
  const { arrivals } = await flow({ latency: constant(1 * ms), ...network }, flows);
  const delayOf = ({ from, to }: Flow) => (arrivals.get(`${from}>${to} tick 0`)?.[0] ?? Number.NaN) - startUs;
  return flows.map((own) => delayOf(own) / ms);
}

describe('regions', () => {
  const regions = { eu: ['n1', 'n2'], us: ['n3'] };

  test('the links between two of them are slow both ways, those inside are as ever', async () => {
    const between = [{ regions: ['eu', 'us'], latency: constant(80 * ms) }] as const;
    expect(await delays({ regions, between })).toEqual([1, 1, 80, 80, 80, 80]);
  });

  test('a region and itself are the links inside it; a host in none has the ordinary ones', async () => {
    const between = [{ regions: ['eu', 'eu'], latency: constant(3 * ms) }] as const;
    expect(await delays({ regions: { eu: ['n1', 'n2'] }, between })).toEqual([3, 3, 1, 1, 1, 1]);
  });

  test('a single link goes before, and takes from the regions what it does not say', async () => {
    const between = [{ regions: ['eu', 'us'], latency: constant(80 * ms), loss: [1, 1] }] as const;
    const links = [{ from: 'n1', to: 'n3', loss: [0, 1] }] as const;
    expect(await delays({ regions, between, links })).toEqual([1, 1, 80, Number.NaN, Number.NaN, Number.NaN]);
  });

  test('unknown hosts and regions, and hosts in two regions, are errors', () => {
    const build = (network: object) => () => worldOf({ servers: { n1: idle, n2: idle }, network });
    expect(build({ regions: { eu: ['n9'] } })).toThrow('there is no host "n9" for the region eu');
    expect(build({ regions: { eu: ['n1'], us: ['n1'] } })).toThrow('n1 is in two regions');
    expect(build({ regions: { eu: ['n1'] }, between: [{ regions: ['eu', 'us'] }] })).toThrow(
      'there are no two regions eu, us',
    );
  });
});
