/** What kubeadm of each minor renders, as `scripts/render-kubeadm.ts` recorded it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

/** One kubeadm, one configuration, and its files by path. */
export interface Rendering {
  readonly version: string;
  readonly config: string;
  readonly files: ReadonlyMap<string, string>;
}

/** Of one path. A text is kept once for all kubeadms and configurations that render it. */
interface Recorded {
  readonly path: string;
  readonly texts: readonly {
    /** `1.37.2 stacked`, sorted. */
    readonly of: readonly string[];
    /** `VERSION` stands for the version of Kubernetes; certificates and keys in it are blanked. */
    readonly text: string;
  }[];
}

const folder = new URL('../../corpus/kubeadm/rendered/', import.meta.url).pathname;
const fileOf = (path: string): string =>
  `${folder}${path
    .split('/')
    .at(-1)
    ?.replace(/\.yaml$/, '')}.yaml`;

export const readRenderings = (): readonly Rendering[] => {
  const all = new Map<string, Map<string, string>>();
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const { path, texts } = parse(readFileSync(`${folder}${file}`, 'utf8')) as Recorded;
    for (const { of, text } of texts)
      for (const id of of) {
        const files = all.get(id) ?? new Map<string, string>();
        files.set(path, text.replaceAll('vVERSION', `v${id.split(' ')[0]}`));
        all.set(id, files);
      }
  }
  return [...all].map(([id, files]) => {
    const [version = '', config = ''] = id.split(' ');
    return { version, config, files };
  });
};

export const writeRenderings = (all: readonly Rendering[]): void => {
  mkdirSync(folder, { recursive: true });
  for (const path of new Set(all.flatMap(({ files }) => [...files.keys()]))) {
    const texts = new Map<string, string[]>();
    for (const { version, config, files } of all) {
      const text = files.get(path)?.replaceAll(`v${version}`, 'vVERSION');
      if (text !== undefined) texts.set(text, [...(texts.get(text) ?? []), `${version} ${config}`].sort());
    }
    const sorted = [...texts]
      .map(([text, of]) => ({ of, text }))
      .sort((a, b) => ((a.of[0] ?? '') < (b.of[0] ?? '') ? -1 : 1));
    writeFileSync(fileOf(path), stringify({ path, texts: sorted } satisfies Recorded, { lineWidth: 0 }));
  }
};
