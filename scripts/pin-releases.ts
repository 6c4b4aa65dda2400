/**
 * Pins what source `release` downloads: npx tsx scripts/pin-releases.ts [--upstream] [RECORD.yaml …] writes
 * src/catalog/digests/{kubernetes,parts}.json. Records are what others wrote down of the publishers' sums: kops'
 * pkg/assets/assetdata/*.yaml and kubespray's checksums.yml, of any age. Two that differ end it, and so does one that
 * differs from a digest that is pinned. With --upstream, what is missing of the versions that the catalog knows by
 * name is asked of the publishers, over https. Read the diff.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { upstreamSites } from '../src/artifacts/options.js';
import { publishedSum } from '../src/artifacts/release/download.js';
import { filesOf, kubernetesBinaries, type PartName } from '../src/artifacts/release/parts.js';
import { defaultRetry } from '../src/artifacts/release/retry.js';
import { siteAt } from '../src/artifacts/release/site-at.js';
import { compareVersions, minorNumber, minorOf, parseVersion, releases } from '../src/catalog/index.js';
import kubernetes from '../src/catalog/digests/kubernetes.json' with { type: 'json' };
import parts from '../src/catalog/digests/parts.json' with { type: 'json' };

type Program = (typeof kubernetesBinaries)[number] | PartName;
type Table = Map<string, Map<string, string>>;
const arch = 'amd64';
const sha256 = /^(?:sha256:)?([0-9a-f]{64})$/;
const programs: readonly Program[] = [...kubernetesBinaries, 'etcd', 'containerd', 'runc', 'cni', 'crictl'];

/** By program, then version. */
const table: Table = new Map(programs.map(name => [name, new Map()]));

const isKubernetes = (program: string): boolean => (kubernetesBinaries as readonly string[]).includes(program);

const add = (program: string, version: string, digest: unknown, from: string): void => {
  const known = table.get(program);
  const [, sum] = sha256.exec(String(digest)) ?? [];
  // Records have typing errors and marks like 0 for "not published": what is no digest is left out.
  if (!known || !sum || !parseVersion(version)) return;
  if (isKubernetes(program) && minorOf(version) < minorNumber(releases[0]?.minor ?? '1.20')) return;
  const before = known.get(version);
  if (before !== undefined && before !== sum)
    throw new Error(`${program} ${version}: ${before} so far, and ${from} says ${sum}`);
  known.set(version, sum);
};

const kopsNames: readonly (readonly [RegExp, string | undefined])[] = [
  [new RegExp(`^v([^/]+)/bin/linux/${arch}/([a-z-]+)$`), undefined],
  [new RegExp(`^v([^/]+)/containerd-[^/]+-linux-${arch}\\.tar\\.gz$`), 'containerd'],
  [new RegExp(`^v([^/]+)/runc\\.${arch}$`), 'runc'],
  [new RegExp(`^v([^/]+)/cni-plugins-linux-${arch}-[^/]+\\.tgz$`), 'cni'],
  [new RegExp(`^v([^/]+)/crictl-[^/]+-linux-${arch}\\.tar\\.gz$`), 'crictl'],
];
const kubesprayNames: Readonly<Record<string, string>> = {
  kubelet_checksums: 'kubelet',
  kubectl_checksums: 'kubectl',
  etcd_binary_checksums: 'etcd',
  cni_binary_checksums: 'cni',
  runc_checksums: 'runc',
  containerd_archive_checksums: 'containerd',
  crictl_checksums: 'crictl',
};

async function readRecord(file: string): Promise<void> {
  const record = parse(await readFile(file, 'utf8'), { logLevel: 'error', uniqueKeys: false });
  for (const { name, sha256: digest } of (record?.files ?? []) as { name: string; sha256: unknown }[])
    for (const [form, program] of kopsNames) {
      const [, version, binary] = form.exec(name) ?? [];
      if (version) add(program ?? binary ?? '', version, digest, file);
    }
  for (const [key, program] of Object.entries(kubesprayNames))
    for (const [version, digest] of Object.entries(record?.[key]?.[arch] ?? {}))
      add(program, version.replace(/^v/, ''), digest, file);
}

async function askUpstream(): Promise<void> {
  for (const { latestPatchKnown } of releases)
    for (const { program, version, published, site } of filesOf(latestPatchKnown, arch)) {
      if (table.get(program)?.has(version)) continue;
      const at = siteAt(upstreamSites[site], { retry: defaultRetry });
      add(program, version, await publishedSum(at, published), at.where(published.path));
    }
}

const written = (names: readonly string[]): string => {
  const rows = names.map(name => {
    const versions = [...(table.get(name) ?? [])].sort(([a], [b]) => compareVersions(a, b));
    return [name, Object.fromEntries(versions)] as const;
  });
  return `${JSON.stringify(Object.fromEntries(rows), null, 1)}\n`;
};

const { values, positionals } = parseArgs({ options: { upstream: { type: 'boolean' } }, allowPositionals: true });
for (const [name, versions] of Object.entries({ ...kubernetes, ...parts }))
  for (const [version, digest] of Object.entries(versions)) add(name, version, digest, 'the catalog');
for (const file of positionals) await readRecord(file);
if (values.upstream) await askUpstream();
const folder = new URL('../src/catalog/digests/', import.meta.url);
await writeFile(new URL('kubernetes.json', folder), written(kubernetesBinaries));
await writeFile(new URL('parts.json', folder), written(['etcd', 'containerd', 'runc', 'cni', 'crictl']));
for (const { latestPatchKnown } of releases)
  for (const { program, version } of filesOf(latestPatchKnown, arch))
    if (!table.get(program)?.has(version)) process.stderr.write(`not pinned: ${program} ${version}\n`);
