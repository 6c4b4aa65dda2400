import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

export const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const;

/** `path`: of the manifest; `program` is told `--flag=file` there; `flag` without dashes. */
export type Told = {
  readonly path: string;
  readonly program: (typeof programs)[number];
  readonly flag: string;
  readonly file: string;
  /** Paths in the container at which it has volumes. */
  readonly mounts: readonly string[];
  /** What it wrote of the file, last. */
  readonly line: string | undefined;
};

export type Facts = {
  readonly 'no-mount': Told;
  /** `source`: where the file should lie on the host. */
  readonly 'no-file': Told & { readonly source: string };
};

export function proof({ facts: { path, program, flag, file, mounts, line } }: Found<Told>): readonly Quote[] {
  return [
    quoted('files', path, `--${flag}=${file}; mounts ${mounts.join(', ')}`),
    ...(line === undefined ? [] : [quoted('logs', program, line)]),
  ];
}

export const toldText = (host: string, { path, program, flag, file }: Told): string =>
  `${path} on ${host} tells ${program} --${flag}=${file}`;
