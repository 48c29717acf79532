/** What the order promises, read off what its services hold and its orchestrators report. */
import {
  type HoldingsView,
  identityOf,
  type OrchestratorView,
  type Order,
} from '../../protocols/transactions/index.ts';
import {
  type AlwaysClaim,
  broken,
  type Check,
  type FinallyClaim,
  held,
  type Observation,
  sometimes,
  unknown,
  type Verdict,
} from '../../sim/index.ts';

type Shown = Partial<HoldingsView & OrchestratorView> | undefined;

const holdingsOf = ({ state }: Observation): HoldingsView | undefined => {
  const shown = state as Shown;
  return shown?.service === undefined || shown.held === undefined ? undefined : (shown as HoldingsView);
};

/** All services that an order needs. */
const needed = ['inventory', 'payments', 'orders', 'notifications'] as const;

/** An order is held by all services or by none, unless an orchestrator says that it could not be undone. */
const whole: FinallyClaim = {
  name: 'orders-whole',
  about:
    'In the end stock, money, order and message of a saga are all there or all gone, or it is reported as parked.',
  kind: 'finally',
  start() {
    // A host that is down counts with what it held last: its disk keeps it.
    const parts = new Map<HoldingsView['service'], ReadonlyMap<string, Order>>();
    const parkedAt = new Map<string, readonly string[]>();
    let lastUs = 0;
    return {
      observe(observation) {
        lastUs = observation.atUs;
        const holdings = holdingsOf(observation);
        if (holdings !== undefined) parts.set(holdings.service, holdings.held);
        const { parked } = (observation.state as Shown) ?? {};
        if (parked !== undefined) parkedAt.set(observation.host, parked);
      },
      judge: () => wholeVerdict(parts, new Set([...parkedAt.values()].flat()), lastUs),
    };
  },
};

function wholeVerdict(
  parts: ReadonlyMap<HoldingsView['service'], ReadonlyMap<string, Order>>,
  parked: ReadonlySet<string>,
  atUs: number,
): Verdict {
  const sagas = new Set(needed.flatMap((service) => [...(parts.get(service)?.keys() ?? [])]));
  if (sagas.size === 0) return unknown('nothing was ordered');
  for (const saga of sagas) {
    const lacking = needed.filter((service) => parts.get(service)?.has(saga) !== true);
    if (lacking.length === 0 || parked.has(saga)) continue;
    const having = needed.filter((service) => !lacking.includes(service));
    const message =
      `saga ${JSON.stringify(saga)} is half done in the end, and nobody reports it: ` +
      `${having.join(', ')} did their part, ${lacking.join(', ')} did not`;
    return broken({ check: 'orders-whole', message, atUs, evidence: { saga, having, lacking } });
  }
  return held;
}

/** Orders that are there, and messages that were sent, by customer and number. */
const once: AlwaysClaim = {
  name: 'no-double-order',
  about: 'No order of one customer and number is there twice, and there are not two messages for it.',
  kind: 'always',
  start: () => ({
    observe(observation) {
      const holdings = holdingsOf(observation);
      if (holdings?.service !== 'orders' && holdings?.service !== 'notifications') return undefined;
      const sagas = new Map<string, string>();
      for (const [saga, order] of holdings.held) {
        const identity = identityOf(order);
        const other = sagas.get(identity);
        sagas.set(identity, saga);
        if (other === undefined) continue;
        const message = `${observation.host} has order ${identity} twice: of sagas ${other} and ${saga}`;
        return { check: 'no-double-order', message, atUs: observation.atUs, evidence: { other, saga } };
      }
      return undefined;
    },
  }),
};

/** Counted twice: by what is left, and by the orders that something was taken for. */
const conserved: AlwaysClaim = {
  name: 'stock-and-money-conserved',
  about: 'What is left in stock, or of the money of customers, and what orders took of it is what there was.',
  kind: 'always',
  start: () => ({
    observe(observation) {
      const holdings = holdingsOf(observation);
      if (holdings?.account === undefined) return undefined;
      const { opening, left, perUnit } = holdings.account;
      let taken = 0;
      for (const { quantity } of holdings.held.values()) taken += quantity * perUnit;
      if (left + taken === opening) return undefined;
      const message = `at ${observation.host} ${left} is left and orders took ${taken}, but there was ${opening}`;
      return {
        check: 'stock-and-money-conserved',
        message,
        atUs: observation.atUs,
        evidence: { opening, left, taken },
      };
    },
  }),
};

const parked = sometimes(
  'order-parked',
  'Something could not be undone, and is reported.',
  ({ state }) => ((state as Shown)?.parked?.length ?? 0) > 0,
);

export const orderChecks: readonly Check[] = [
  { name: whole.name, about: whole.about, kind: 'finally', options: {}, claim: () => whole },
  { name: once.name, about: once.about, kind: 'always', options: {}, claim: () => once },
  { name: conserved.name, about: conserved.about, kind: 'always', options: {}, claim: () => conserved },
  { name: parked.name, about: parked.about, kind: 'sometimes', options: {}, claim: () => parked },
];
