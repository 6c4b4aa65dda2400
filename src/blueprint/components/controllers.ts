import { hasFlag } from '../../catalog/index.js';
import type { Resource } from '../../model/resource.js';
import { identities, kubeconfig } from '../access/kubeconfigs.js';
import type { HostContext } from '../input.js';
import { bin, controllerManagerConf, pki, schedulerConf, units } from '../render/paths.js';
import { signerBefore, signerFile, signingKey } from '../rotation/authority.js';
import { controllerSigner, controllerUnitFile, signedByBefore } from './controller-signer.js';
import { program } from './program.js';
import { healthy } from './serves.js';
import { bySize } from '../sizes/by-hosts.js';
import { command, oomScore, supervised, unit } from '../render/unit.js';
import { file, service } from '../wanted.js';

const stage = 'control-plane';
const makesSo = 'controllers make what is wanted so';

/** The controller manager signs certificates, so it alone (with the API server's host) holds the CA's key. */
export function controllerManager(context: HostContext): readonly Resource[] {
  const parts = [
    file(context, `${pki}/ca.key`, [{ secret: signingKey(context, 'ca') }], {
      stage,
      because: 'certificate signing requests are signed',
      mode: 0o600,
    }),
    kubeconfig(context, identities.controllerManager),
    program(context, 'kube-controller-manager', stage),
    file(
      context,
      controllerUnitFile,
      controllerUnit(
        'Kubernetes controller manager',
        'kube-controller-manager',
        context,
        controllerManagerFlags(context),
      ),
      { stage, because: makesSo, after: signedByBefore(context) },
    ),
  ].filter(part => part !== undefined);
  return [...parts, ...controllerSigner(context), controllerService(context, parts)];
}

const controllerService = (context: HostContext, parts: readonly Resource[]): Resource =>
  service(
    context,
    'kube-controller-manager.service',
    {
      reads: [
        controllerUnitFile,
        `${bin}/kube-controller-manager`,
        controllerManagerConf,
        `${pki}/ca.crt`,
        `${pki}/ca.key`,
        ...[signerFile(context, 'ca')].filter(path => path !== `${pki}/ca.crt`),
        `${pki}/sa.key`,
        `${pki}/front-proxy-ca.crt`,
      ],
      ready: healthy('kube-controller-manager', context.spec.components.controllerManager.extraArgs),
    },
    { stage, because: makesSo, after: [...shared(context), ...signerBefore(context, 'ca')] },
    parts,
  );

export function scheduler(context: HostContext): readonly Resource[] {
  const because = 'the scheduler finds a node for every pod';
  const unitFile = `${units}/kube-scheduler.service`;
  const parts = [
    kubeconfig(context, identities.scheduler),
    program(context, 'kube-scheduler', stage),
    file(
      context,
      unitFile,
      controllerUnit('Kubernetes scheduler', 'kube-scheduler', context, schedulerFlags(context)),
      {
        stage,
        because,
      },
    ),
  ].filter(part => part !== undefined);
  return [
    ...parts,
    service(
      context,
      'kube-scheduler.service',
      {
        reads: [unitFile, `${bin}/kube-scheduler`, schedulerConf],
        ready: healthy('kube-scheduler', context.spec.components.scheduler.extraArgs),
      },
      { stage, because },
      parts,
    ),
  ];
}

/** Files that the API server's room writes and the controller manager reads too. */
const shared = ({ host }: HostContext): readonly string[] =>
  ['ca.crt', 'sa.key', 'front-proxy-ca.crt'].map(name => `${host.name}/file/${pki}/${name}`);

const controllerUnit = (
  description: string,
  name: string,
  { fact }: HostContext,
  flags: Record<string, string>,
): string =>
  unit({
    Unit: {
      Description: description,
      After: 'network-online.target kube-apiserver.service',
      Wants: 'network-online.target',
    },
    Service: { ExecStart: command(`${bin}/${name}`, flags), ...supervised, ...oomScore(fact, 'helper') },
    Install: { WantedBy: 'multi-user.target' },
  });

/** What a controller manager in production is told beyond what it needs to run. */
export const controllerDefaults = (spec: Pick<HostContext['spec'], 'hosts'>): Readonly<Record<string, string>> => {
  const { controllerQps, endedPods } = bySize(spec);
  return {
    'kube-api-burst': String(controllerQps.burst),
    'kube-api-qps': String(controllerQps.qps),
    'terminated-pod-gc-threshold': String(endedPods),
  };
};

export function controllerManagerFlags(context: Pick<HostContext, 'spec' | 'rotating'>): Record<string, string> {
  const { spec } = context;
  return {
    'allocate-node-cidrs': 'false',
    'authentication-kubeconfig': controllerManagerConf,
    'authorization-kubeconfig': controllerManagerConf,
    'bind-address': '127.0.0.1',
    'client-ca-file': `${pki}/ca.crt`,
    'cluster-name': spec.name,
    'cluster-signing-cert-file': signerFile(context, 'ca'),
    'cluster-signing-key-file': `${pki}/ca.key`,
    controllers: '*,bootstrapsigner,tokencleaner',
    kubeconfig: controllerManagerConf,
    'leader-elect': 'true',
    ...closedPort('kube-controller-manager', spec.kubernetes),
    profiling: 'false',
    'requestheader-client-ca-file': `${pki}/front-proxy-ca.crt`,
    'root-ca-file': `${pki}/ca.crt`,
    'service-account-private-key-file': `${pki}/sa.key`,
    'service-cluster-ip-range': spec.network.services,
    'use-service-account-credentials': 'true',
    ...controllerDefaults(spec),
    ...spec.components.controllerManager.extraArgs,
  };
}

export const schedulerFlags = ({ spec }: Pick<HostContext, 'spec'>): Record<string, string> => ({
  'authentication-kubeconfig': schedulerConf,
  'authorization-kubeconfig': schedulerConf,
  'bind-address': '127.0.0.1',
  kubeconfig: schedulerConf,
  'leader-elect': 'true',
  ...closedPort('kube-scheduler', spec.kubernetes),
  profiling: 'false',
  ...spec.components.scheduler.extraArgs,
});

/** The insecure port was served by default until it was removed. */
const closedPort = (
  component: 'kube-controller-manager' | 'kube-scheduler',
  version: string,
): Record<string, string> => (hasFlag(component, 'port', version) ? { port: '0' } : {});
