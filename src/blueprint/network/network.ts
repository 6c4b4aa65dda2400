import { nodes } from '../../model/cluster.js';
import type { Peer } from '../../model/host-facts.js';
import type { Resource } from '../../model/resource.js';
import { addressIn } from './addresses.js';
import { cniBin } from '../components/containerd.js';
import type { HostContext } from '../input.js';
import { kernel } from '../components/kernel.js';
import { networkKeeper } from './network-keeper.js';
import { networkScriptText } from './network-script.js';
import { cniConfig, networkConfig, networkGiven, networkPeers, networkScript, units } from '../render/paths.js';
import { unit } from '../render/unit.js';
import type { Wants } from '../../resources/wants.js';
import { file, service, want } from '../wanted.js';

const stage = 'nodes';
const because = 'pods reach the pods of other hosts';
const unitFile = `${units}/kw-network.service`;
const overhead = { vxlan: 50, routes: 0, none: 0 } as const;

/** Kernel settings, the CNI configuration and the overlay: all of a host's part in the pod network. */
export function network(site: HostContext): readonly Resource[] {
  return [
    ...kernel(site),
    ...plugins(site),
    ...(site.spec.network.provider === 'none'
      ? [file(site, networkGiven, givenText(site), { stage, because: 'the networks of a cluster are never changed' })]
      : [
          file(site, cniConfig, cniText(site), {
            stage,
            because: 'the runtime gives pods their addresses',
            mode: 0o600,
          }),
          ...overlay(site),
        ]),
  ];
}

function plugins(site: HostContext): readonly Resource[] {
  return Object.values(site.artifacts.cniPlugins).map(({ name, version, sha256, size }) =>
    want(
      'artifact',
      site.host.name,
      `${cniBin(site)}/${name}`,
      { name, version, sha256, size },
      { stage, because: 'the runtime plugs pods in' },
    ),
  );
}

const mtu = ({ spec: { network: net }, fact }: HostContext): number =>
  net.mtu ?? fact.interface.mtu - overhead[net.provider];

/**
 * hairpinMode: a pod reaches itself through its own Service. ipMasq is the overlay's business, which knows the whole
 * pod network.
 */
const cniText = (site: HostContext): string =>
  `${JSON.stringify(
    {
      cniVersion: '0.4.0',
      name: 'kubewizard',
      plugins: [
        {
          type: 'bridge',
          bridge: 'cni0',
          isGateway: true,
          hairpinMode: true,
          ipMasq: false,
          mtu: mtu(site),
          ipam: { type: 'host-local', ranges: [[{ subnet: site.podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  )}\n`;

function overlay(site: HostContext): readonly Resource[] {
  const parts = [
    file(site, networkConfig, configText(site), { stage, because }),
    ...table(site),
    file(site, networkScript, networkScriptText, { stage, because, mode: 0o755 }),
    file(site, unitFile, networkUnit, { stage, because }),
  ];
  return [
    ...parts,
    service(
      site,
      'kw-network.service',
      { reads: [unitFile, networkConfig, networkPeers, networkScript], oneshot: true },
      { stage, because, after: [`${site.host.name}/packages/node`] },
      parts,
    ),
    ...networkKeeper(site),
  ];
}

const table = ({ host, peers }: HostContext): readonly Resource<'file', Wants['file']>[] =>
  peers === undefined
    ? []
    : [
        want(
          'file',
          host.name,
          networkPeers,
          { content: [peers.text], sha256: peers.sha256, mode: 0o644 },
          { stage, because },
        ),
      ];

const configText = (site: HostContext): string => {
  const {
    spec: { network: net },
    host,
    fact,
  } = site;
  const lines = {
    PROVIDER: net.provider,
    NAME: host.name,
    ADDRESS: host.address,
    UNDERLAY: fact.interface.name,
    MTU: String(mtu(site)),
    PODS: net.pods,
    SERVICES: net.services,
    VNI: String(net.vxlan.id),
    PORT: String(net.vxlan.port),
  };
  return assignments(lines);
};

const givenText = ({ spec: { network: net }, host, podCidr }: HostContext): string =>
  assignments({
    PROVIDER: net.provider,
    NAME: host.name,
    PODS: net.pods,
    SERVICES: net.services,
    POD_CIDR: podCidr,
  });

const assignments = (lines: Readonly<Record<string, string>>): string =>
  Object.entries(lines)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');

/**
 * One text for all hosts, so that a plan for thousands of them stays linear: `name address podCIDR overlayAddress mac`.
 */
export function peersText(
  spec: HostContext['spec'],
  podCidrs: ReadonlyMap<string, string>,
  leaving: readonly Peer[] = [],
): string {
  const here = nodes(spec).map(({ name, address }) => ({ name, address, podCidr: podCidrs.get(name) ?? '' }));
  // In the order of their shares, which is the one they had: a host that only left the file changes no table.
  const all =
    leaving.length === 0 ? here : [...here, ...leaving].sort((a, b) => placeOf(a.podCidr) - placeOf(b.podCidr));
  return all
    .map(({ name, address, podCidr }) => `${name} ${address} ${podCidr} ${addressIn(podCidr, 0)} ${macOf(address)}\n`)
    .join('');
}

const placeOf = (cidr: string): number =>
  cidr
    .split(/[./]/, 4)
    .map(Number)
    .reduce((sum, octet) => sum * 256 + octet, 0);

/** A locally administered address made from the host's own, so that no host must be asked for it. */
const macOf = (address: string): string =>
  ['02', '6b', ...address.split('.').map(octet => Number(octet).toString(16).padStart(2, '0'))].join(':');

const networkUnit = unit({
  Unit: {
    Description: 'Kubewizard pod network between hosts',
    After: 'network-online.target',
    Wants: 'network-online.target',
    Before: 'kubelet.service',
  },
  Service: {
    Type: 'oneshot',
    RemainAfterExit: 'yes',
    ExecStart: `${networkScript} up`,
    ExecStop: `${networkScript} down`,
  },
  Install: { WantedBy: 'multi-user.target' },
});
