/**
 * Which feature gates each minor knows, and which it no longer lets be changed. Source: of 1.30 to 1.37 the sources of
 * their last patch releases (k8s.io/kubernetes and its staging modules), those of 1.37.2 by --help and tried one by one
 * on its kube-scheduler; what went before, the website's page of removed gates, which is sure to one minor only.
 */
import lives from './gates/lives.json' with { type: 'json' };
import locked from './gates/locked.json' with { type: 'json' };
import { type Life, livesOf, type Presence, presenceIn } from './life.js';
import { minorNumber, minorOf } from './versions.js';

const known = livesOf(lives);

/** A component that is given a gate which it does not know exits: `unrecognized feature gate`. */
export const gatePresence = (gate: string, version: string): Presence => presenceIn(known.get(gate), minorOf(version));

export const gateLife = (gate: string): Life | undefined => known.get(gate);

/**
 * The only value that this minor accepts, since when: `cannot set feature gate … to false, feature is locked to true`.
 */
export const gateLocked = (
  gate: string,
  version: string,
): { readonly to: boolean; readonly since: string } | undefined => {
  const found = locks.get(gate);
  const there = gatePresence(gate, version) !== 'no';
  return found && there && minorNumber(found.since) <= minorOf(version) ? found : undefined;
};

const locks: ReadonlyMap<string, { readonly to: boolean; readonly since: string }> = new Map(
  ([true, false] as const).flatMap(to =>
    Object.entries(locked[`${to}`] as Readonly<Record<string, readonly string[]>>).flatMap(([since, names]) =>
      names.map(name => [name, { to, since }] as const),
    ),
  ),
);
