/**
 * The cluster file as its owner writes it. Shape only: what the values mean to each other is checked in checks/, what
 * becomes of a living cluster when one is changed stands in lives.ts.
 */
import { z } from 'zod';
import { containerdFor, defaultVersion, oldestWithMetricsServer, runcVersion } from '../catalog/index.js';
import { adopted } from './schema-adopted.js';
import { endpoint } from './schema-endpoint.js';
import { port, text } from './schema-texts.js';

const newestContainerd = containerdFor(defaultVersion('release'));
const olderContainerd = containerdFor('1.30.0');

const flags = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).meta({
  description:
    'Command-line flags without dashes, and their values. A flag that the Kubernetes version lacks, or that ' +
    'would have no effect, is refused.',
});
const fields = (of: string) =>
  z
    .record(z.string(), z.unknown())
    .meta({ description: `Merged into ${of}. A field that it does not have is refused.` });
const component = (description: string) => z.strictObject({ extraArgs: flags.optional() }).meta({ description });
const configured = (description: string, of: string) =>
  z.strictObject({ extraArgs: flags.optional(), config: fields(of).optional() }).meta({ description });

const sshFields = {
  user: text('User to log in as: root, or one with sudo. Default: what `~/.ssh/config` says, else `root`.').optional(),
  port: port('Default: what `~/.ssh/config` says, else 22.').optional(),
  key: text(
    'Path of a private key on the control machine. Default: as ssh finds it, in `~/.ssh/config`, the agent and ' +
      '`~/.ssh`.',
  ).optional(),
  jump: text(
    'Jump host, `user@host:port`, or several with commas, with the same user and key where they name none. Their ' +
      'host keys are those in known_hosts, or are asked for. Default: what `~/.ssh/config` says.',
  ).optional(),
};
const hostSsh = z
  .strictObject({
    address: text(
      "Address or name that ssh connects to (or a range), where it is not the host's `address`: a public one, one " +
        'of a network for management, or a `Host` of `~/.ssh/config`.',
    ).optional(),
    ...sshFields,
    hostKey: text(
      "The host's public key as in known_hosts, `ssh-ed25519 AAAA…`. Default: known_hosts decides.",
    ).optional(),
  })
  .meta({ description: "How to reach this host; what is left out comes from the file's own `ssh`." });

export const roleNames = ['etcd', 'controlPlane', 'worker', 'loadBalancer'] as const;
const host = z.strictObject({
  name: text(
    "A DNS label, or a range of them: `kw-worker-[001-100]`. Default: the cluster's name and a number.",
  ).optional(),
  address: text(
    'IPv4 address by which the hosts know each other, or a range: `10.0.1.[1-100]`, or `10.0.1.1+` for as many ' +
      'as there are names.',
  ),
  externalAddress: text(
    'Address or name by which the world knows the host (or a range); goes into certificates. ssh does not use ' +
      'it: see `ssh.address`.',
  ).optional(),
  roles: z
    .array(z.enum(roleNames))
    .min(1)
    .meta({
      description: 'What the host is for. Default: by the number of hosts, see "Roles" in the page cluster-file.',
    })
    .optional(),
  labels: z.record(z.string(), z.string()).meta({ description: 'Labels of the node.' }).optional(),
  taints: z
    .array(text('`key=value:Effect` or `key:Effect`, as kubectl writes it.'))
    .meta({ description: 'Taints of the node, beyond those of control planes.' })
    .optional(),
  ssh: hostSsh.optional(),
});

const network = z
  .strictObject({
    pods: text('Network of all pods. Default: `10.244.0.0/16`.').optional(),
    services: text('Network of Services, /12 to /28. Default: `10.96.0.0/12`.').optional(),
    hostPrefix: z
      .int()
      .min(16)
      .max(28)
      .meta({ description: "Prefix length of one host's share of `pods`. Default: 24." })
      .optional(),
    domain: text('DNS domain of the cluster. Default: `cluster.local`.').optional(),
    provider: z
      .enum(['vxlan', 'routes', 'none'])
      .meta({
        description:
          'How pods reach pods on other hosts: an overlay, plain routes (all hosts in one segment), or your own ' +
          'CNI. Default: `vxlan`.',
      })
      .optional(),
    vxlan: z
      .strictObject({
        id: z.int().min(1).max(16777215).meta({ description: 'VXLAN network identifier. Default: 4096.' }).optional(),
        port: port('UDP port. Default: 8472.').optional(),
      })
      .meta({ description: 'Only with provider `vxlan`.' })
      .optional(),
    mtu: z
      .int()
      .min(576)
      .max(9216)
      .meta({ description: "Bytes. Default: the underlay's less the overlay's overhead." })
      .optional(),
  })
  .meta({ description: 'Networks of the cluster.' });

const pki = z
  .strictObject({
    algorithm: z
      .enum(['ecdsa-p256', 'rsa-2048', 'rsa-4096'])
      .meta({ description: 'Keys of all certificates. Default: `ecdsa-p256`.' })
      .optional(),
    caDays: z.int().min(1).max(36500).meta({ description: 'Validity of the CAs. Default: 3650.' }).optional(),
    leafDays: z
      .int()
      .min(1)
      .max(36500)
      .meta({ description: 'Validity of all other certificates. Default: 365.' })
      .optional(),
    sans: z
      .array(text('A name or an address.'))
      .meta({ description: "More names and addresses for the API server's certificate." })
      .optional(),
    ca: z
      .strictObject({
        cert: text('Path of the certificate (a chain: intermediate first, root last).'),
        key: text('Path of its key.'),
      })
      .meta({ description: 'Your own CA instead of a new one.' })
      .optional(),
  })
  .meta({ description: 'Certificates.' });

const components = z
  .strictObject({
    etcd: component('etcd.').optional(),
    apiserver: component('kube-apiserver.').optional(),
    controllerManager: component('kube-controller-manager.').optional(),
    scheduler: component('kube-scheduler.').optional(),
    kubelet: configured('kubelet.', 'KubeletConfiguration').optional(),
    proxy: configured('kube-proxy.', 'KubeProxyConfiguration').optional(),
    containerd: z
      .strictObject({ config: fields("containerd's config.toml, as nested tables").optional() })
      .meta({ description: 'containerd.' })
      .optional(),
  })
  .meta({ description: 'Extra arguments and configuration fields per component.' });

export const clusterFile = z.strictObject({
  apiVersion: z.literal('kubewizard/v1').meta({ description: 'Default: `kubewizard/v1`.' }).optional(),
  kind: z.literal('Cluster').meta({ description: 'Default: `Cluster`.' }).optional(),
  name: text('Name of the cluster: a DNS label.'),
  kubernetes: text(
    'Exact version, 1.20 to 1.37: `1.29.3`. Default: the newest known, or what the `debian` source has.',
  ).optional(),
  hosts: z
    .array(z.union([text('An address, or a range of them.'), host]))
    .min(1)
    .meta({ description: 'The hosts: addresses, or more about each.' }),
  ssh: z.strictObject(sshFields).meta({ description: 'How to reach all hosts that do not say otherwise.' }).optional(),
  endpoint: endpoint.optional(),
  network: network.optional(),
  runtime: z
    .strictObject({
      name: z.literal('containerd').meta({ description: 'Default: `containerd`.' }).optional(),
      version: text(
        `Exact version of containerd: \`${newestContainerd}\`. Default: \`${newestContainerd}\`, up to Kubernetes ` +
          `1.30 \`${olderContainerd}\`; with source \`go\` the newest that it has pinned, with \`debian\` that of ` +
          "the hosts' packages. `kw plan` names the holes of older ones.",
      ).optional(),
      runc: text(
        `Exact version of runc. Default: \`${runcVersion}\`; with sources \`debian\` and \`go\` that of the hosts' ` +
          'packages.',
      ).optional(),
    })
    .meta({ description: 'Container runtime.' })
    .optional(),
  artifacts: z
    .strictObject({
      source: z
        .enum(['auto', 'release', 'mirror', 'go', 'debian'])
        .meta({
          description:
            'Where binaries and images come from. Default: `mirror` where one is named, otherwise `auto`, the ' +
            'first that answers.',
        })
        .optional(),
      mirror: text(
        "URL or folder laid out like upstream's release site. Plain http only with `mirrorDigest`.",
      ).optional(),
      mirrorDigest: text(
        "`sha256:…` of the mirror's own list of files for this version of Kubernetes, as `kw mirror` prints it.",
      ).optional(),
    })
    .meta({ description: 'Binaries and images.' })
    .optional(),
  pki: pki.optional(),
  components: components.optional(),
  addons: z
    .strictObject({
      dns: z.boolean().meta({ description: 'Cluster DNS. Default: true.' }).optional(),
      metricsServer: z
        .boolean()
        .meta({
          description:
            'metrics-server: `kubectl top`, and autoscaling by processor and memory. Default: true; false below ' +
            `Kubernetes ${oldestWithMetricsServer} and with source \`debian\`, which has none.`,
        })
        .optional(),
    })
    .meta({ description: 'Addons.' })
    .optional(),
  adopted: adopted.optional(),
});

export type ClusterFile = z.infer<typeof clusterFile>;
export type HostEntry = Exclude<ClusterFile['hosts'][number], string>;
