/** Scenario files at random, all of them valid for the catalogue of the fixture. */
import fc from 'fast-check';

/** From `least` to some seconds, written in one of several units. */
const duration = (least: number) =>
  fc.oneof(
    fc.integer({ min: least, max: 9_000_000 }).map((us) => `${us}us`),
    fc
      .integer({ min: least, max: 9_000_000 })
      .map((us) => `${Math.floor(us / 1_000)}.${String(us % 1_000).padStart(3, '0')}ms`),
    fc.integer({ min: 1, max: 9 }).map((s) => `${s}s`),
  );
const odds = fc.oneof(
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  fc.integer({ min: 0, max: 999 }).map((thousandths) => `0.${String(thousandths).padStart(3, '0')}`),
  fc.integer({ min: 1, max: 97 }).map((outOf) => `1/${outOf}`),
  fc.double({ min: 0, max: 1, noNaN: true }).map((value) => Math.round(value * 10_000) / 10_000),
);
const some = <T extends string>(names: readonly [T, ...T[]]) => fc.subarray([...names], { minLength: 1 });
const targets = fc.oneof(
  fc.constantFrom('one', 'minority', 'majority', 'all', 'leader', 'primaries', 'ring', 'one-client'),
  some(['n1', 'n2', 'n3', 'c1']),
);
const distribution = fc.oneof(
  duration(0),
  fc.record({ dist: fc.constant('constant'), value: duration(0) }),
  fc.record({ dist: fc.constant('uniform'), min: fc.constant('3us'), max: duration(3) }),
  fc.record({ dist: fc.constant('normal'), mean: duration(0), stddev: duration(0), min: fc.constant('0s') }),
  fc.record({
    dist: fc.constant('lognormal'),
    median: duration(1),
    p99: fc.constant('9s'),
    max: fc.constant('1m'),
  }),
  fc.record({ dist: fc.constant('exponential'), mean: duration(1) }),
  fc.record({ dist: fc.constant('pareto'), scale: duration(1), shape: fc.constantFrom(0.5, 1, 1.16, 3) }),
);

const size = fc.oneof(
  fc.integer({ min: 0, max: 5_000_000 }).map((count) => `${count}B`),
  fc.integer({ min: 1, max: 999 }).map((count) => `${count}.5KB`),
  fc.integer({ min: 1, max: 99 }).map((count) => `${count}MiB`),
);
const rate = fc.integer({ min: 1, max: 9_999 }).map((count) => `${count}.${count % 10}KB/s`);
const bandwidth = fc.record({ rate, queue: size }, { requiredKeys: ['rate'] });

const link = {
  latency: distribution,
  loss: odds,
  duplicate: odds,
  reorder: fc.oneof(odds, fc.record({ odds })),
  corrupt: odds,
  bandwidth,
};
const regions = {
  regions: fc.constant({ eu: ['n1', 'c1'], us: ['n3'] }),
  between: fc.array(
    fc.record({ ...link, regions: fc.constant(['eu', 'us']) }, { requiredKeys: ['regions'] }),
    {
      maxLength: 1,
    },
  ),
};
const network = fc
  .record(
    {
      ...link,
      checksums: fc.boolean(),
      partitions: fc.constantFrom('delivery', 'send'),
      transport: fc.constantFrom('datagram', 'stream'),
      reset: odds,
      within: fc.option(fc.record(regions, { requiredKeys: ['regions'] })),
      links: fc.array(
        fc.record(
          { ...link, from: fc.constantFrom('n1', 'n2'), to: fc.constantFrom('n3', 'c1') },
          { requiredKeys: ['from', 'to'] },
        ),
        { maxLength: 1 },
      ),
    },
    { requiredKeys: [] },
  )
  .map(({ within, ...rest }) => ({ ...rest, ...within }));

const storage = fc.constantFrom('keep', 'lose-unsynced', 'lose-all', 'torn', 'wipe');
const someOdds = fc.constantFrom('1%', '0.5', '1/3');
const diskFault = fc
  .tuple(
    fc.record({ targets }),
    fc.oneof(
      fc.record({ slow: fc.constantFrom('3ms', { factor: 3 }, { delay: '1ms', factor: 2 }) }),
      fc.record({
        'io-error': fc.oneof(
          someOdds,
          fc.record({ odds: someOdds, on: fc.constantFrom('read', 'write', 'sync', 'all') }),
        ),
      }),
      fc.record({ full: fc.constant(true) }),
      fc.record({
        corrupt: fc.oneof(
          someOdds,
          fc.record({ odds: someOdds, rot: fc.constantFrom('transient', 'stored') }),
        ),
      }),
      fc.record({ misdirect: someOdds }),
      fc.record({ lie: fc.constant(true) }),
    ),
  )
  .map(([where, what]) => ({ ...where, ...what }));

const kind = fc.oneof(
  fc.record({ partition: fc.constantFrom('halves', 'bridge', 'ring', 'random') }),
  fc.record({ partition: fc.record({ groups: fc.constant([['n1', 'c1'], ['n2', 'n3'], ['n4']]) }) }),
  fc.record({ partition: fc.record({ 'one-way': fc.record({ from: targets, to: targets }) }) }),
  fc.record({ partition: fc.record({ isolate: targets }) }),
  fc.record({
    packet: fc.record(
      {
        targets,
        loss: fc.constant('3%'),
        duplicate: odds,
        delay: distribution,
        reorder: fc.record({ odds, by: distribution }),
        corrupt: odds,
      },
      { requiredKeys: ['targets', 'loss', 'duplicate', 'delay'] },
    ),
  }),
  fc.record({
    hold: fc.oneof(targets, fc.record({ targets, release: fc.constantFrom('in-order', 'at-once') })),
  }),
  fc.record({ bandwidth: fc.record({ targets, rate, queue: size }, { requiredKeys: ['targets', 'rate'] }) }),
  fc.record({ pause: fc.oneof(targets, fc.record({ targets })) }),
  fc.record({
    clock: fc.record({
      targets,
      offset: fc.oneof(
        duration(1),
        duration(1).map((text) => `-${text}`),
      ),
    }),
  }),
  fc.record({ clock: fc.record({ targets, drift: fc.constantFrom('-200ppm', '5000ppm') }) }),
  fc.record({
    clock: fc.record({ targets, freeze: fc.constant(true), bound: fc.constantFrom('kept', 'broken') }),
  }),
  fc.record({ slow: fc.record({ targets, cost: fc.constantFrom('3ms', '1s') }) }),
  fc.record({
    restart: fc.record(
      {
        targets,
        how: fc.constantFrom('stop', 'crash'),
        down: distribution,
        gap: distribution,
        rounds: fc.integer({ min: 1, max: 9 }),
      },
      { requiredKeys: ['targets'] },
    ),
  }),
  fc.record({
    kill: fc.oneof(targets, fc.record({ targets, storage })),
  }),
  fc.record({ disk: diskFault }),
);
const fault = fc.oneof(
  fc
    .tuple(fc.record({ at: duration(0), for: duration(1) }, { requiredKeys: ['at'] }), kind)
    .map(([when, what]) => ({ ...when, ...what })),
  fc.record({ at: duration(0), kill: targets, restartAfter: duration(1) }),
  fc.record(
    {
      every: distribution,
      at: duration(0),
      times: fc.integer({ min: 1, max: 9 }),
      for: duration(1),
      pause: targets,
    },
    { requiredKeys: ['every', 'pause'] },
  ),
  fc.record(
    {
      when: fc.oneof(
        fc.constant('leader elected'),
        fc.record({ event: fc.constant('boot'), host: fc.constant('n1') }, { requiredKeys: ['event'] }),
        fc.record({ state: fc.constant({ role: 'leader', term: 3, isReady: true, lease: null }) }),
      ),
      after: duration(0),
      times: fc.integer({ min: 1, max: 9 }),
      kill: targets,
    },
    { requiredKeys: ['when', 'kill'] },
  ),
);

const nemesis = fc.record(
  {
    faults: fc.oneof(
      some(['partition', 'packet', 'hold', 'bandwidth', 'kill', 'restart', 'disk', 'pause', 'slow', 'clock']),
      fc.constant([
        { kind: 'partition', variants: ['ring', 'bridge'] },
        { kind: 'hold', weight: 3 },
        { kind: 'clock', variants: ['offset', 'drift'], offset: '2s', drift: '500ppm' },
      ]),
    ),
    swarm: fc.boolean(),
    storage: fc.uniqueArray(storage, { minLength: 1 }),
    every: distribution,
    lasts: distribution,
    targets: fc.array(targets, { minLength: 1, maxLength: 3 }),
    budget: fc.record({
      down: fc.constantFrom('minority', 'none'),
      damage: fc.constantFrom('none', 'recoverable', 'any'),
    }),
  },
  { requiredKeys: [] },
);

const optional = {
  about: fc.string(),
  nodes: fc.constantFrom(4, 5, { instance: 7 }),
  options: fc.record(
    {
      leaseTtl: duration(1_000),
      retries: fc.integer({ min: 0, max: 10 }),
      fencing: fc.boolean(),
      backoff: fc.constantFrom('linear', 'exponential'),
    },
    { requiredKeys: [] },
  ),
  recovery: duration(0),
  network,
  clocks: fc.record(
    {
      skew: duration(0),
      drift: fc.constantFrom('0ppm', '100ppm'),
      uncertainty: duration(0),
      service: fc.record(
        { every: distribution, error: duration(0), step: duration(0), slew: fc.constant('300ppm') },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  ),
  without: some(['kill', 'pause']),
  core: fc.constantFrom('majority', 'all', ['n1', 'n2']),
  buggify: fc.oneof(fc.constant(true), fc.record({ active: odds, fires: odds }, { requiredKeys: [] })),
  disk: fc.record(
    {
      read: distribution,
      write: distribution,
      sync: distribution,
      capacity: fc.constantFrom('0B', '17B', '20KB', '1000KB', '3GB'),
      renames: fc.constantFrom('atomic', 'torn'),
    },
    { requiredKeys: [] },
  ),
  workload: fc.record({
    type: fc.constant('register'),
    rate: fc.integer({ min: 1, max: 500 }),
    hold: duration(0),
    script: fc.array(
      fc.record(
        {
          client: fc.constantFrom('c1', 'c2'),
          at: duration(0),
          f: fc.constantFrom('put', 'cas'),
          key: fc.constantFrom('a', 'b'),
          value: fc.oneof(fc.integer(), fc.constant([null, 3])),
        },
        { requiredKeys: ['client', 'at', 'f'] },
      ),
      { maxLength: 3 },
    ),
  }),
  faults: fc.array(fault, { maxLength: 4 }),
  nemesis,
  checks: fc.subarray<string | Record<string, Record<string, string>>>([
    'linearizable',
    'mutual-exclusion',
    { progress: { within: '3s' } },
  ]),
  seeds: fc.uniqueArray(fc.integer({ min: 0 })),
  limits: fc.record({ events: fc.integer({ min: 1, max: 1_000 }) }),
  ties: fc.constantFrom('random', 'fifo'),
  atLeast: fc.record({ operations: fc.nat(100), overlapping: odds, faults: fc.nat(9) }, { requiredKeys: [] }),
} as const;

export const scenarioFiles = fc.record(
  {
    schema: fc.constant(1),
    name: fc.string({ minLength: 1, maxLength: 40 }).filter((name) => name.trim() !== ''),
    protocol: fc.constant('locks/redlock'),
    ...optional,
  },
  { requiredKeys: ['schema', 'name', 'protocol'] },
);
