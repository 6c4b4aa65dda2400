/** What each host tells a component, word for word. */
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { flagName } from '../../catalog/index.js';

export interface Told {
  readonly host: string;
  /** Flag → its values in their order, and the words as they stand there. */
  readonly flags: ReadonlyMap<string, { readonly values: readonly string[]; readonly words: readonly string[] }>;
  /** Manifest, unit, or that it was seen running. */
  readonly from: string;
  /** Flags for which the disk says something else than what runs. */
  readonly differs: readonly string[];
}

export const toldOn = (host: HostChart, program: string): Told | undefined => {
  const { inForce, source, running, differs } = flagsOf(host, program);
  if (!inForce) return undefined;
  const argv = program === 'etcd' && inForce.argv.length === 0 ? ofEnvironment(host) : inForce.argv;
  return {
    host: host.name,
    flags: grouped(argv),
    from: `${host.name}: ${running ? `${program} as it runs${source === undefined ? '' : ` (${source})`}` : source}`,
    differs,
  };
};

/** As Go's flag packages read them: `--flag=value`, `--flag value`, `--flag` alone. */
const grouped = (argv: readonly string[]): Told['flags'] => {
  const found = new Map<string, { values: string[]; words: string[] }>();
  argv.forEach((word, index) => {
    const [, name, , value] = /^--?([A-Za-z][\w.-]*)(=([\s\S]*))?$/.exec(word) ?? [];
    if (name === undefined) return;
    const next = argv[index + 1];
    const apart = value === undefined && next !== undefined && !next.startsWith('-');
    const key = flagName(name);
    const all = found.get(key) ?? { values: [], words: [] };
    all.values.push(value ?? (apart ? next : 'true'));
    all.words.push(apart ? `${word}=${next}` : word);
    found.set(key, all);
  });
  return found;
};

/** kubespray and KubeKey tell etcd by its environment: `ETCD_DATA_DIR` is `--data-dir`. */
const ofEnvironment = (host: HostChart): readonly string[] => {
  const files = 'value' in host.files ? host.files.value : [];
  const text = files.find(({ path }) => path === '/etc/etcd.env')?.text ?? '';
  return [...text.matchAll(/^ETCD_([A-Z0-9_]+)=(.*)$/gm)].map(
    ([, name = '', value = '']) =>
      `--${name.toLowerCase().replaceAll('_', '-')}=${value.replace(/^(["'])(.*)\1$/, '$2')}`,
  );
};
