/** Flags that all copies of a component must have in common: whoever asks is answered by any of them. */
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { type Odd, oddOnes, type Setting } from '../../../read/majority.js';

/** Of schedulers one alone decides, whatever gates the others have. */
export const programs = ['kube-apiserver', 'kube-controller-manager'] as const;
export type Program = (typeof programs)[number];

/**
 * With their defaults ('' for an empty list). What follows a host's size or place (addresses, files, inflight requests)
 * is not among them, nor what has a case of its own (networks, issuers, keys).
 */
const shared: Readonly<Record<Program, Readonly<Record<string, string>>>> = {
  'kube-apiserver': {
    'etcd-prefix': '/registry',
    'runtime-config': '',
    'authorization-mode': 'AlwaysAllow',
    'enable-admission-plugins': '',
    'disable-admission-plugins': '',
    'feature-gates': '',
    'allow-privileged': 'false',
    'enable-bootstrap-token-auth': 'false',
    'service-node-port-range': '30000-32767',
  },
  'kube-controller-manager': {
    controllers: '*',
    'feature-gates': '',
    'allocate-node-cidrs': 'false',
    'node-cidr-mask-size': '24',
    'use-service-account-credentials': 'false',
  },
};

/** The order of these says something; of all other lists it does not. */
const ordered = new Set(['authorization-mode']);

export type Differs = Omit<Odd, 'host'> & { readonly program: Program; readonly flag: string };

export const differences = (
  hosts: readonly HostChart[],
  program: Program,
): readonly { readonly host: string; readonly facts: Differs }[] => {
  const known = hosts.filter(host => flagsOf(host, program).inForce && !flagsOf(host, program).elsewhere);
  const isToldByFile = known.some(host => told(host, program, 'config') || told(host, program, 'authorization-config'));
  return Object.entries(shared[program])
    .filter(([flag]) => !(isToldByFile && ['feature-gates', 'authorization-mode'].includes(flag)))
    .flatMap(([flag, fallback]) =>
      oddOnes(known.map(host => setting(host, program, flag, fallback))).map(({ host, ...differs }) => ({
        host,
        facts: { program, flag, ...differs },
      })),
    );
};

const told = (host: HostChart, program: Program, flag: string): string | undefined =>
  flagsOf(host, program).inForce?.get(flag);

const setting = (host: HostChart, program: Program, flag: string, fallback: string): Setting => {
  const words = flagsOf(host, program).inForce?.all(flag) ?? [];
  const value = (ordered.has(flag) ? words : words.toSorted()).join(',');
  return { name: host.name, value: value === '' ? fallback : value, given: value !== '' };
};
