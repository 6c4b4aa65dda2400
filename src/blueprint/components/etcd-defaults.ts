/** What an etcd in production is told beyond what it needs to run, and as whom it runs. */
import { corruptionChecks } from '../../catalog/index.js';
import type { Host } from '../../model/cluster.js';
import type { Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import { sh } from '../../shell/sh.js';
import type { HostContext } from '../input.js';
import type { Section } from '../render/unit.js';
import { want } from '../wanted.js';

export const etcdUser = 'etcd';

/** 8 GiB: the most that etcd's authors advise. At its own 2 GiB a busy cluster becomes read-only one night. */
export const quotaBytes = 8 * 2 ** 30;

/** @param version Of etcd: `3.6.8`. */
export const ourEtcdDefaults = (version: string): Readonly<Record<string, string>> => ({
  // The API server compacts every five minutes; this holds where it is not there, or something else writes.
  'auto-compaction-mode': 'periodic',
  'auto-compaction-retention': '8h',
  'quota-backend-bytes': String(quotaBytes),
  ...corruptionChecks(version),
});

/** The file, and which etcd is brought for it. */
export interface Brought extends Pick<HostContext, 'spec'> {
  readonly artifacts: { readonly binaries: { readonly etcd?: { readonly version: string } } };
}

/** With what the owner's flags say. */
export const etcdDefaults = ({ artifacts, spec }: Brought): Readonly<Record<string, string>> => {
  const version = artifacts.binaries.etcd?.version ?? '';
  const owners = spec.components.etcd.extraArgs;
  return { ...ourEtcdDefaults(version), ...owners, ...gates(version, owners['feature-gates']) };
};

/** The owner's gates stand behind ours, and win where both name one. */
const gates = (version: string, owners: string | undefined): Readonly<Record<string, string>> => {
  const ours = corruptionChecks(version)['feature-gates'];
  return ours && owners ? { 'feature-gates': `${ours},${owners}` } : {};
};

export const makeUser = ({ name }: Pick<Host, 'name'>): Resource<'command', Wants['command']> =>
  want(
    'command',
    name,
    'etcd-user',
    {
      unless: sh`getent passwd ${etcdUser} >/dev/null || echo 'no user etcd'`,
      run: sh`getent group ${etcdUser} >/dev/null || groupadd --system ${etcdUser}
useradd --system --gid ${etcdUser} --home-dir /var/lib/etcd --no-create-home --shell /usr/sbin/nologin \
--comment 'etcd, of Kubewizard' ${etcdUser}`,
      risk: 'none',
    },
    { stage: 'etcd', because: 'etcd needs no rights of root' },
  );

/** Flags that name what etcd writes to. */
const written = ['data-dir', 'wal-dir'] as const;

/**
 * As a user of its own: its one right beyond its data is to read, since its keys lie among those of the cluster and
 * belong to root. What root brought there (a restored snapshot, a therapy) becomes its own before each start. An owner
 * who lets it write elsewhere (`log-outputs` to a file) has it run as root, as before.
 */
export const runsAs = (flags: Readonly<Record<string, string>>): Section =>
  ownFolders(flags).length === 0
    ? {}
    : {
        User: etcdUser,
        Group: etcdUser,
        AmbientCapabilities: 'CAP_DAC_READ_SEARCH',
        CapabilityBoundingSet: 'CAP_DAC_READ_SEARCH',
        NoNewPrivileges: 'true',
      };

/** The command before each start; [] where it runs as root. */
export const ownData = (flags: Readonly<Record<string, string>>): readonly string[] =>
  ownFolders(flags).length === 0 ? [] : [`+/bin/chown -R ${etcdUser}:${etcdUser} ${ownFolders(flags).join(' ')}`];

const ownFolders = (flags: Readonly<Record<string, string>>): readonly string[] => {
  if ((flags['log-outputs'] ?? '').includes('/') || flags['config-file'] !== undefined) return [];
  const folders = written.flatMap(flag => flags[flag] ?? []);
  return folders.every(folder => /^\/[\w./-]+$/.test(folder)) ? folders : [];
};
