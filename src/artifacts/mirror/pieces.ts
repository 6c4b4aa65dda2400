/** The files of a mirror that holds a set, under upstream's names. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { Artifact, ArtifactSet, BinaryName } from '../../model/artifact.js';
import { tarOf } from '../image/tree.js';
import type { Published } from '../release/download.js';
import {
  kubernetesBinaries,
  kubernetesFile,
  type Part,
  partAt,
  type PartName,
  type PartVersions,
} from '../release/parts.js';
import type { Manifest } from './manifest.js';

export interface Piece {
  readonly published: Published;
  content(): Readable;
}

const arch = 'amd64';
/** A part is in the set when this one of its files is. */
const marks: Readonly<Record<Exclude<PartName, 'cni'>, BinaryName>> = {
  etcd: 'etcd',
  containerd: 'containerd',
  runc: 'runc',
  crictl: 'crictl',
};

export function piecesOf(set: ArtifactSet): {
  readonly kubernetes: string;
  readonly manifest: Manifest;
  readonly pieces: readonly Piece[];
} {
  const kubernetes = set.binaries['kube-apiserver']?.version;
  if (!kubernetes) throw new Error('a set without kube-apiserver is not a set of a Kubernetes version');
  const parts = versionsIn(set);
  const binaries = kubernetesBinaries.flatMap(name => {
    const file = set.binaries[name];
    return file ? [{ published: kubernetesFile(kubernetes, arch, name), content: () => contentOf(file) }] : [];
  });
  const others = (Object.entries(parts) as [PartName, string][]).map(([name, version]) =>
    pieceOf(set, partAt(name, version, arch)),
  );
  return {
    kubernetes,
    manifest: { parts, dns: set.dns, packages: set.packages },
    pieces: [...binaries, ...others, ...imagesOf(set)],
  };
}

function versionsIn(set: ArtifactSet): PartVersions {
  const found = Object.entries(marks).map(([part, mark]) => [part, set.binaries[mark]?.version] as const);
  const cni = Object.values(set.cniPlugins)[0]?.version;
  return Object.fromEntries([...found, ['cni', cni] as const].filter(([, version]) => version !== undefined));
}

function pieceOf(set: ArtifactSet, part: Part): Piece {
  const members = [
    ...Object.entries(part.binaries).map(([name, path]) => [path, set.binaries[name as BinaryName]] as const),
    ...Object.entries(part.plugins ?? {}).map(([name, path]) => [path, set.cniPlugins[name]] as const),
  ].flatMap(([path, file]) => (file ? [[path, file] as const] : []));
  const only = members[0]?.[1];
  if (!only) throw new Error(`${part.published.path} would be empty`);
  return { published: part.published, content: () => (part.tarball ? tarballOf(members) : contentOf(only)) };
}

/** Weakly compressed: etcd in a second, not ten, for a folder that travels once. */
const tarballOf = (members: readonly (readonly [string, Artifact])[]): Readable =>
  tarOf(new Map(members.map(([path, { file }]) => [path, { is: 'file', from: file, mode: 0o755 }]))).pipe(
    createGzip({ level: constants.Z_BEST_SPEED }),
  );

function imagesOf(set: ArtifactSet): readonly Piece[] {
  return Object.entries(set.images).map(([use, image]) => {
    const path = `images/${use === 'dns' && set.dns === 'coredns' ? 'coredns' : use}.tar`;
    return { published: { path, sums: `${path}.sha256` }, content: () => contentOf(image) };
  });
}

const contentOf = ({ file }: Artifact): Readable => createReadStream(file, { highWaterMark: 1 << 20 });
