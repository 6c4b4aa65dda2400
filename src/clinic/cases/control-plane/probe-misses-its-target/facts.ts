import type { Container } from '../../../read/manifests.js';
import type { Asked } from './asked.js';
import type { Listener } from './listens.js';

export const probeNames = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
export type ProbeName = (typeof probeNames)[number];

/** Where a component listens, without the paths that it has. */
export type Socket = Pick<Listener, 'port' | 'scheme' | 'address'>;

/** `path`: of the manifest; `own`: the host's address, asked where the probe names none; `listeners`: the nearest. */
export type Misses = {
  readonly path: string;
  readonly container: string;
  readonly program: string;
  readonly probe: ProbeName;
  readonly asked: Asked;
  readonly own: string;
  readonly listeners: readonly Socket[];
  /** The way that the probe asks, as written. */
  readonly written: unknown;
  /** Ports that the container declares, by name. */
  readonly ports: Container['ports'];
  /** Flags that say where it listens. */
  readonly flags: string;
};

export const kinds = { deployment: 'Deployment', daemonset: 'DaemonSet', statefulset: 'StatefulSet' } as const;

/** Ports as written: `8080 (http)`, a number or a name. */
export type Wrong =
  | { readonly is: 'name' | 'refused'; readonly port: string | number; readonly declared: readonly string[] }
  | { readonly is: 'scheme'; readonly answers: 'TLS' | 'HTTP' }
  | { readonly is: 'path'; readonly path: string; readonly status: string }
  | { readonly is: 'host'; readonly host: string };

export type Facts = {
  readonly port: Misses;
  readonly host: Misses;
  readonly scheme: Misses;
  readonly path: Misses;
  readonly workload: {
    readonly kind: keyof typeof kinds;
    readonly namespace: string;
    readonly name: string;
    readonly container: string;
    readonly probe: ProbeName;
    readonly wrong: Wrong;
    /** The probe and the ports that its container declares, as written. */
    readonly written: { readonly probe: unknown; readonly ports: readonly unknown[] };
  };
};

/** The list of the API that each kind is read from. */
export const listOf = {
  deployment: 'deployments.apps',
  daemonset: 'daemonsets.apps',
  statefulset: 'statefulsets.apps',
} as const;
