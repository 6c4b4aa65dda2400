import { stringify } from 'smol-toml';
import { release } from '../../catalog/index.js';
import type { Resource } from '../../model/resource.js';
import type { HostContext } from '../input.js';
import { merge } from '../render/merge.js';
import { bin, containerdConfig, containerdSocket, units } from '../render/paths.js';
import { program } from './program.js';
import { rendered } from '../render/rendered.js';
import { oomScore, supervised, unit } from '../render/unit.js';
import { file, service, want } from '../wanted.js';

const stage = 'nodes';
const because = 'the kubelet needs a container runtime';
const unitFile = `${units}/containerd.service`;

const toml = rendered(settings => stringify(settings));

/**
 * containerd with its CRI plugin, configured in full: a file that is only removed leaves the wrong cgroup driver (field
 * case cri-disabled).
 */
export function containerd(context: HostContext): readonly Resource[] {
  const parts = [
    program(context, 'containerd', stage),
    program(context, 'containerd-shim-runc-v2', stage),
    program(context, 'ctr', stage),
    program(context, 'runc', stage),
    program(context, 'crictl', stage),
    // The owner's part may hold a registry's credentials.
    file(context, containerdConfig, toml(containerdSettings(context)), { stage, because, mode: 0o600 }),
    file(context, '/etc/crictl.yaml', `runtime-endpoint: unix://${containerdSocket}\n`, {
      stage,
      because: 'crictl finds the runtime',
    }),
    file(context, unitFile, containerdUnit(context), { stage, because }),
  ].filter(part => part !== undefined);
  const { name } = context.host;
  return [
    ...parts,
    service(
      context,
      'containerd.service',
      { reads: [unitFile, containerdPath(context), containerdConfig] },
      { stage, because, after: [`${name}/packages/node`] },
      parts,
    ),
    ...images(context),
  ];
}

/**
 * Images that no registry needs to serve: imported from archives of the artifact set. Unpacking is hard work: on a
 * control plane it waits until the API server, which everybody else waits for, has the processor no more.
 */
function images(context: HostContext): readonly Resource[] {
  return Object.values(context.artifacts.images).map(image =>
    want(
      'image',
      context.host.name,
      image.ref,
      { sha256: image.sha256, size: image.size, name: image.name },
      {
        stage,
        because: `pods need the ${image.name} image`,
        after: [`${context.host.name}/service/containerd.service`, ...busy(context)],
      },
    ),
  );
}

const busy = ({ host }: HostContext): readonly string[] =>
  host.roles.includes('controlPlane') ? [`${host.name}/service/kube-apiserver.service`] : [];

export const cgroupDriver = ({ fact }: Pick<HostContext, 'fact'>): 'systemd' | 'cgroupfs' =>
  fact.cgroup === 'v2' ? 'systemd' : 'cgroupfs';

export const pauseImage = (context: HostContext): string =>
  context.artifacts.images.pause?.ref ?? release(context.spec.kubernetes)?.pauseImage ?? 'registry.k8s.io/pause:3.9';

/** Where the CNI plugins lie: the distribution's folder, or the upstream one that Kubewizard fills. */
export const cniBin = ({ fact, artifacts }: Pick<HostContext, 'fact' | 'artifacts'>): string =>
  Object.keys(artifacts.cniPlugins).length > 0 ? '/opt/cni/bin' : fact.cniBin || '/usr/lib/cni';

const containerdPath = ({ artifacts, fact }: HostContext): string =>
  artifacts.binaries.containerd ? `${bin}/containerd` : fact.containerd || '/usr/bin/containerd';

const major = ({ artifacts, fact }: HostContext): number =>
  Number.parseInt(artifacts.binaries.containerd?.version ?? fact.containerdVersion, 10) || 1;

/**
 * containerd 2 renamed the CRI plugins; keys under the old names are ignored there without a word (field case
 * containerd-v3-config).
 */
function containerdSettings(context: HostContext): Record<string, unknown> {
  const runc = {
    runtime_type: 'io.containerd.runc.v2',
    options: { SystemdCgroup: cgroupDriver(context) === 'systemd' },
  };
  const cni = { bin_dir: cniBin(context), conf_dir: '/etc/cni/net.d' };
  const oom = context.fact.oomScoreAdjustable ? {} : { restrict_oom_score_adj: true };
  const images = major(context) >= 2 ? 'io.containerd.cri.v1.images' : 'io.containerd.grpc.v1.cri';
  const registries = registriesOf(context, images);
  const settings =
    major(context) >= 2
      ? {
          version: 3,
          plugins: {
            [images]: { pinned_images: { sandbox: pauseImage(context) }, ...registries },
            'io.containerd.cri.v1.runtime': {
              ...oom,
              containerd: { default_runtime_name: 'runc', runtimes: { runc } },
              cni: { bin_dirs: [cni.bin_dir], conf_dir: cni.conf_dir },
            },
          },
        }
      : {
          version: 2,
          plugins: {
            [images]: {
              sandbox_image: pauseImage(context),
              ...registries,
              ...oom,
              containerd: { default_runtime_name: 'runc', runtimes: { runc } },
              cni,
            },
          },
        };
  return merge(settings, context.spec.components.containerd.config);
}

/**
 * Where containerd's own page tells everybody to describe a registry: 1.x reads no such folder by itself, and 2.x makes
 * a list of two of it that its pulls do not find (containerd issue 12808). With the owner's `mirrors` or `configs`
 * beside the folder containerd does not start its CRI plugin.
 */
function registriesOf({ spec }: HostContext, plugin: string): Record<string, unknown> {
  const { plugins } = spec.components.containerd.config as { plugins?: Record<string, { registry?: unknown }> };
  return plugins?.[plugin]?.registry === undefined ? { registry: { config_path: '/etc/containerd/certs.d' } } : {};
}

const containerdUnit = (context: HostContext): string =>
  unit({
    Unit: { Description: 'containerd container runtime', After: 'network.target local-fs.target' },
    Service: {
      Type: 'notify',
      ExecStartPre: '-/sbin/modprobe overlay',
      ExecStart: containerdPath(context),
      ...supervised,
      Delegate: 'yes',
      KillMode: 'process',
      LimitNOFILE: '1048576',
      TasksMax: 'infinity',
      ...oomScore(context.fact, 'runtime'),
    },
    Install: { WantedBy: 'multi-user.target' },
  });
