/**
 * How each host of a cluster was reached last: one that is taken out of the file takes its ssh: with it, and must be
 * reached once more. Paths, names and public keys, no secret.
 */
import { z } from 'zod';
import type { Host, SshAccess } from '../../model/cluster.js';
import { readSecret, writeSecret } from './store.js';

const name = 'ways.json';

const access = z.strictObject({
  address: z.string().optional(),
  user: z.string().optional(),
  port: z.number().optional(),
  key: z.string().optional(),
  jump: z.string().optional(),
  hostKey: z.string().optional(),
});
const shape = z.record(z.string(), z.strictObject({ address: z.string(), ssh: access }));
type Ways = z.infer<typeof shape>;

/** What makes no sense is not known: then they are reached as the others are. */
const remembered = async (dir: string): Promise<Ways> => {
  try {
    const read = shape.safeParse(JSON.parse((await readSecret(dir, name)) ?? '{}'));
    return read.success ? read.data : {};
  } catch {
    return {};
  }
};

/** Those that are not among `hosts` are kept. */
export const rememberWays = async (dir: string, hosts: readonly Host[]): Promise<void> => {
  const known = await remembered(dir);
  const now = { ...known, ...Object.fromEntries(hosts.map(one => [one.name, { address: one.address, ssh: one.ssh }])) };
  const text = JSON.stringify(now);
  if (text !== JSON.stringify(known)) await writeSecret(dir, name, text);
};

/** Undefined: no host of that name and address was ever reached from here. */
export const wayTo = async (
  dir: string,
  { name: host, address }: Pick<Host, 'name' | 'address'>,
): Promise<SshAccess | undefined> => {
  const known = (await remembered(dir))[host];
  if (known?.address !== address) return undefined;
  const ssh = Object.entries(known.ssh).filter(([, value]) => value !== undefined);
  return Object.fromEntries(ssh);
};
