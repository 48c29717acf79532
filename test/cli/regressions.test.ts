/** Failures that are kept among scenarios: run again, expected to hold once the mistake is gone, looked at closely. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scenario, workplace } from './skerry.ts';

const { folder, write, skerry } = workplace();
const slow = { timeout: 60_000 };

/** A store on one server that remembers, or not, over a restart. */
const store = (remembers: boolean) => `
async function server(host) {
  const map = new Map();
  const { disk } = host;
  const stored = ${remembers} ? await disk.read('store', 0, await disk.size('store')) : new Uint8Array();
  for (const line of new TextDecoder().decode(stored).split('\\n').filter(Boolean)) map.set(...JSON.parse(line));
  let end = stored.length;
  let last = Promise.resolve();
  const keep = async (bytes, at) => {
    await disk.write('store', at, bytes);
    await disk.sync('store');
    await disk.syncNames();
  };
  host.on('get', ({ key }) => ({ value: map.get(key) ?? null }));
  host.on('put', async ({ key, value }) => {
    const bytes = new TextEncoder().encode(JSON.stringify([key, value]) + '\\n');
    const at = end;
    end += bytes.length;
    last = last.then(() => keep(bytes, at));
    await last;
    map.set(key, value);
    return null;
  });
}
function kv(host, [n1]) {
  const put = async (key, value) => void (await host.call(n1, 'put', { key, value }, { timeoutMs: 500 }));
  return {
    get: async (key) => (await host.call(n1, 'get', { key }, { timeoutMs: 500 })).value,
    put,
    delete: (key) => put(key, null),
    cas: () => Promise.reject(new Error('it has none')),
  };
}
export const protocol = {
  name: 'store', about: 'A store.', promise: 'Linearizable.', options: {},
  roles: { node: { prefix: 'n', count: 1, program: () => server } },
  clients: { kv },
};
`;

const regression = 'regressions/forgotten.json';
const edited = (change: (text: string) => string) =>
  writeFileSync(join(folder, regression), change(readFileSync(join(folder, regression), 'utf8')));

beforeAll(async () => {
  write('store.mjs', store(false));
  const lines = {
    nodes: '1',
    workload: '{ type: kv, clients: 2, rate: 30, keys: 1, cas: 0, deletes: 0 }',
    faults: '[{ at: 2s, kill: { targets: [n1] }, restartAfter: 100ms }]',
  };
  write('store.yaml', scenario('./store.mjs', lines));
  const { out } = await skerry('run', 'store.yaml', '--seed', '1');
  mkdirSync(join(folder, 'regressions'));
  copyFileSync(join(folder, /skerry replay (\S+\.json)/.exec(out)![1]!), join(folder, regression));
}, 60_000);

describe('a failure file among scenarios', slow, () => {
  test('is run with its own seed, as the smallest failure in it, and fails until the mistake is gone', async () => {
    const broken = await skerry('run', 'regressions');
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/^✗ regressions\/forgotten {2}seed \d+ of 1\n {2}linearizable: /);
    expect(broken.out).not.toContain('shrunk:');
    expect(broken.out).toContain(`replay: skerry replay ${regression} --shrunk`);
    expect(broken.out).toContain('1 seed, ');

    write('store.mjs', store(true));
    const mended = await skerry('run', regression);
    write('store.mjs', store(false));
    expect(mended.out).toMatch(/^✓ regressions\/forgotten +1 seed /);
    expect(mended.code).toBe(0);
  });

  test('may expect to break, for a mistake that is known and stays', async () => {
    edited((text) => text.replace('"expect": "held"', '"expect": "broken"'));
    const { code, out } = await skerry('run', 'regressions');
    edited((text) => text.replace('"expect": "broken"', '"expect": "held"'));
    expect(out).toMatch(/^✓ regressions\/forgotten {2}found in seed \d+: linearizable: /);
    expect(code).toBe(0);
  });

  test('takes no --set, and no other JSON of a folder is taken for one', async () => {
    const refused = await skerry('run', regression, '--set', 'nodes=2');
    expect(refused).toMatchObject({ code: 64, error: expect.stringContaining('not with a failure file') });
    write('regressions/package.json', '{ "name": "x" }');
    expect(await skerry('validate', 'regressions')).toMatchObject({ code: 0 });
  });
});

describe('replay looks closely', slow, () => {
  test('--until stops at a virtual time and shows every host; --log prints what befell one', async () => {
    const { code, out } = await skerry('replay', regression, '--until', '2.05s', '--log', 'n1');
    expect(code).toBe(0);
    expect(out).toMatch(/^0\.\d+s {2}n1 {2}booted .*\n2\.000s {2}n1 {2}was killed .*\n/);
    expect(out).toMatch(
      /\n\S+ {2}seed 1 at 2\.050s {2}\d+ events\n {2}n1 {2}down\n {2}up, and expose nothing: c1, c2\n$/,
    );
  });

  test('--trace writes every event of the trace as a line of JSON', async () => {
    await skerry('replay', regression, '--shrunk', '--trace', 'trace.ndjson');
    const lines = readFileSync(join(folder, 'trace.ndjson'), 'utf8').trim().split('\n');
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(new Set(events.map(({ type }) => type))).toContain('deliver');
    expect(events.find(({ type }) => type === 'kill')).toMatchObject({
      host: 'n1',
      atUs: expect.any(Number),
    });
  });

  test('--log of a host that is not there, --shrunk of a scenario', async () => {
    const noHost = await skerry('replay', regression, '--log', 'n7');
    expect(noHost).toMatchObject({ code: 64, error: expect.stringContaining('Hosts: n1, c1, c2.') });
    const noFile = await skerry('replay', 'store.yaml', '--seed', '1', '--shrunk');
    expect(noFile).toMatchObject({ code: 64, error: expect.stringContaining('goes with a failure file') });
  });
});
