/** What every kind of lock gives to its clients: the locks, and the resource that they guard. */
import type { Host, HostId } from '../host.ts';
import type { Backend } from './backend.ts';
import { lockClient } from './client.ts';
import type { LockClients } from './lock.ts';
import type { LockWire } from './messages.ts';
import type { ClientOptions } from './options.ts';
import type { LockRules } from './rules.ts';

export function clientsOf(
  host: Host<LockWire>,
  resource: HostId,
  backend: Backend,
  options: ClientOptions,
  rules: LockRules,
): LockClients {
  return {
    locks: lockClient(host, backend, options, rules),
    resource: {
      async write({ key, owner, token }, value, besides = {}) {
        const write = { key, holder: owner, token, value };
        await host.call(resource, 'write', write, { timeoutMs: options.callTimeout, ...besides });
      },
    },
  };
}
