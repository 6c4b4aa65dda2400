/** What a person does on each host before kubeadm: binaries and images brought, then runtime and kubelet set up. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabHost, LabState } from '../lab.js';
import { run } from '../run.js';
import { labSshArgv } from '../ssh.js';
import type { LabWorld } from '../world.js';
import { cniConfiguration, containerdConfiguration, containerdDropIn, kubeletUnit, podRoutesUnit } from './config.js';
import type { KubeadmFiles } from './parts.js';

const imagesIn = '/var/cache/images';

/** A script as root over ssh, as a person would; what it says on failure comes back. */
export const onHost = async (world: LabWorld, lab: LabState, host: LabHost, script: string): Promise<string> =>
  run([...(await labSshArgv(lab.name, host.name, world)), 'sh -s'], {
    stdin: `set -e\n${script}\n`,
    signal: world.signal,
    host: host.name,
  });

/**
 * Before the clock starts: files lie on the host as if a mirror had put them there. Through the mounted root: no
 * cipher.
 */
export const bringFiles = async (host: LabHost, files: KubeadmFiles, controlPlane: boolean): Promise<void> => {
  const images = join(host.root, imagesIn);
  await mkdir(images, { recursive: true });
  const programs = [
    ...[files.kubeadm, files.kubelet, files.kubectl].map(one => [one, 'usr/bin'] as const),
    ...files.runtime.map(one => [one, 'usr/local/bin'] as const),
    ...files.cniPlugins.map(one => [one, 'opt/cni/bin'] as const),
  ];
  for (const [{ name, file }, folder] of programs)
    await run(['install', '-D', '-m', '755', file, join(host.root, folder, name)]);
  for (const image of [files.pause, ...(files.addons?.images ?? []), ...(controlPlane ? files.images : [])])
    await run(['install', '-m', '644', image.file, join(images, `${image.name}.tar`)]);
};

export const prepareHost = async (
  world: LabWorld,
  lab: LabState,
  host: LabHost,
  { pause, runtime }: KubeadmFiles,
): Promise<void> => {
  const own = runtime.length > 0;
  await onHost(
    world,
    lab,
    host,
    `
mkdir -p /etc/containerd /etc/cni/net.d
cat > /etc/containerd/config.toml <<'KW_END'
${containerdConfiguration(pause.ref, own)}KW_END
${
  own
    ? `mkdir -p /etc/systemd/system/containerd.service.d
cat > /etc/systemd/system/containerd.service.d/10-own.conf <<'KW_END'
${containerdDropIn}KW_END
`
    : ''
}cat > /etc/cni/net.d/10-pods.conflist <<'KW_END'
${cniConfiguration(host)}KW_END
cat > /etc/systemd/system/kubelet.service <<'KW_END'
${kubeletUnit}KW_END
cat > /etc/systemd/system/pod-routes.service <<'KW_END'
${podRoutesUnit(lab, host)}KW_END
echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/kubernetes.conf
sysctl -q --load=/etc/sysctl.d/kubernetes.conf
systemctl daemon-reload
systemctl enable --quiet kubelet containerd pod-routes
systemctl restart containerd pod-routes
for image in ${imagesIn}/*.tar; do ctr -n k8s.io images import "$image" >/dev/null; done
`,
  );
};
