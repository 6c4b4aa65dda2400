/** Which command-line flags each component has in each minor. Source: both ends (1.20.2, 1.36.2) from --help, the minors between from release notes. */
import apiserver from './flags/kube-apiserver.json' with { type: 'json' };
import controllerManager from './flags/kube-controller-manager.json' with { type: 'json' };
import proxy from './flags/kube-proxy.json' with { type: 'json' };
import scheduler from './flags/kube-scheduler.json' with { type: 'json' };
import kubelet from './flags/kubelet.json' with { type: 'json' };
import { minorNumber, minorOf } from './versions.js';

export type FlagComponent = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubelet' | 'kube-proxy';

/** unsure: the flag went or came between two minors, and this version lies between what is known for sure. */
export type FlagPresence = 'yes' | 'no' | 'unsure' | 'unheard';

/**
 * `gone` "1.23..1.24": surely there up to 1.23, surely not from 1.24 on. `added` "1.21..1.24": surely not up to 1.21,
 * surely there from 1.24 on. A wide span is an honest one: the exact minor is not known.
 */
interface FlagTable {
  readonly always: readonly string[];
  readonly gone: Readonly<Record<string, readonly string[] | undefined>>;
  readonly added: Readonly<Record<string, readonly string[] | undefined>>;
}

interface Life { readonly how: 'always' | 'gone' | 'added'; readonly last: number; readonly first: number }

/** `--log_dir` and `log-dir` are the same flag to every component. */
export const flagName = (flag: string): string => flag.replace(/^--?/, '').replaceAll('_', '-');

export const flagPresence = (component: FlagComponent, flag: string, version: string): FlagPresence => {
  const life = lives[component].get(flagName(flag));
  if (!life) return 'unheard';
  const minor = minorOf(version);
  if (life.how === 'always') return 'yes';
  if (minor <= life.last) return life.how === 'gone' ? 'yes' : 'no';
  if (minor >= life.first) return life.how === 'gone' ? 'no' : 'yes';
  return 'unsure';
};

/** True only where it is certain: what is rendered by default must be accepted. */
export const hasFlag = (component: FlagComponent, flag: string, version: string): boolean =>
  flagPresence(component, flag, version) === 'yes';

/** When the flag went or came: `{ how: 'gone', last: 23, first: 24 }` = there in 1.23, not in 1.24. */
export const flagLife = (component: FlagComponent, flag: string): Life | undefined => lives[component].get(flagName(flag));

export const flagsOf = (component: FlagComponent): readonly string[] => [...lives[component].keys()];

const livesOf = (table: FlagTable): ReadonlyMap<string, Life> => new Map<string, Life>([
  ...table.always.map((flag): [string, Life] => [flag, { how: 'always', last: 0, first: 0 }]),
  ...(['gone', 'added'] as const).flatMap(how => Object.entries(table[how]).flatMap(([span, flags]) =>
    (flags ?? []).map((flag): [string, Life] => [flag, { how, ...ends(span) }]))),
]);

const ends = (span: string): { readonly last: number; readonly first: number } => {
  const [last = '', first = ''] = span.split('..');
  return { last: minorNumber(last), first: minorNumber(first) };
};

const lives: Readonly<Record<FlagComponent, ReadonlyMap<string, Life>>> = {
  'kube-apiserver': livesOf(apiserver),
  'kube-controller-manager': livesOf(controllerManager),
  'kube-scheduler': livesOf(scheduler),
  kubelet: livesOf(kubelet),
  'kube-proxy': livesOf(proxy),
};
