import { hasFlag } from '../../catalog/index.js';
import type { Resource } from '../../model/resource.js';
import { apiserverRows, certificate } from '../access/certificates.js';
import { admissionText } from './admission.js';
import { drainSeconds } from './apiserver-drain.js';
import { apiserverDefaults, authenticationText, limitsAnonymous } from './apiserver-defaults.js';
import { etcdServers } from './etcd.js';
import { joiners, recorded } from './etcd-member.js';
import type { HostContext } from '../input.js';
import {
  admissionConfig,
  auditLog,
  auditPolicy,
  authenticationConfig,
  bin,
  encryptionConfig,
  pki,
  units,
} from '../render/paths.js';
import { apiserverPort } from '../../model/components.js';
import { kubectlAsServer } from './ask-apiserver.js';
import { marksBefore, rotationMarks, signingKey } from '../rotation/authority.js';
import { program } from './program.js';
import { watchdog } from './watchdog.js';
import { command, oomScore, supervised, unit } from '../render/unit.js';
import { file, service } from '../wanted.js';
import { accountKeys } from './account-keys.js';
import { auditPolicyText, encryptionConfigText } from './secrets-at-rest.js';
import { raw, type Script, sh } from '../../shell/sh.js';

const unitFile = `${units}/kube-apiserver.service`;
const because = 'the API server is the cluster’s front door';
const stage = 'control-plane';

export function apiserver(context: HostContext): readonly Resource[] {
  const parts = [
    ...authoritiesOnHost(context),
    ...accountKeys(context),
    ...policies(context),
    ...apiserverRows.map(row => certificate(context, row)),
    program(context, 'kube-apiserver', stage),
    file(context, unitFile, apiserverUnit(context), { stage, because }),
  ].filter(part => part !== undefined);
  return [...parts, server(context, parts), ...watchdog(context)];
}

/** The CAs that it trusts, and the keys of those that sign for it. */
const authoritiesOnHost = (context: HostContext): readonly Resource[] => {
  const trusted = (name: 'etcd/ca' | 'front-proxy-ca', because: string): Resource =>
    file(context, `${pki}/${name}.crt`, context.authorities[name], {
      stage,
      because,
      after: marksBefore(context, name),
    });
  return [
    trusted('front-proxy-ca', 'aggregated APIs trust the front proxy'),
    ...rotationMarks(context),
    ...(['etcd/ca', 'front-proxy-ca'] as const).map(name =>
      file(context, `${pki}/${name}.key`, [{ secret: signingKey(context, name) }], {
        stage,
        because: 'a lost control machine is rebuilt from the control planes',
        mode: 0o600,
      }),
    ),
    ...(context.host.roles.includes('etcd') ? [] : [trusted('etcd/ca', 'the API server verifies etcd')]),
  ];
};

/** What it keeps from whom, and what it writes down. */
const policies = (context: HostContext): readonly Resource[] => {
  const policy = (path: string, content: Parameters<typeof file>[2], because: string): Resource =>
    file(context, path, content, { stage, because, mode: 0o600 });
  return [
    policy(encryptionConfig, encryptionConfigText(context.rotation?.encryption), 'secrets are encrypted at rest'),
    policy(auditPolicy, auditPolicyText(), 'who did what is recorded'),
    policy(admissionConfig, admissionText(context.spec), 'what may be made is judged'),
    ...(limitsAnonymous(context.spec)
      ? [policy(authenticationConfig, authenticationText(context.spec), 'who has no name may ask for health alone')]
      : []),
  ];
};

const server = (context: HostContext, parts: readonly Resource[]): Resource => {
  const { name, address } = context.host;
  return service(
    context,
    'kube-apiserver.service',
    {
      reads: [
        unitFile,
        `${bin}/kube-apiserver`,
        `${pki}/ca.crt`,
        `${pki}/front-proxy-ca.crt`,
        `${pki}/etcd/ca.crt`,
        `${pki}/sa.pub`,
        `${pki}/sa.key`,
        encryptionConfig,
        auditPolicy,
        admissionConfig,
        ...(limitsAnonymous(context.spec) ? [authenticationConfig] : []),
      ],
      ready: { script: readyz(address), seconds: 120, says: 'the API server to be ready' },
      endsIn: drainSeconds(apiserverFlags(context)),
      lifeline: true,
    },
    {
      stage,
      because,
      after: [
        `${name}/file/${pki}/ca.crt`,
        `${name}/artifact/${bin}/kubectl`,
        // They are there before its first start, and it reads them again by itself: a new one owes no restart.
        ...apiserverRows.map(row => `${name}/certificate/${row.path}`),
        // None is told of a member that is none yet.
        ...joiners(context).map(host => recorded(host.name)),
      ],
    },
    parts,
  );
};

/**
 * Readiness of this host's own API server, whatever a load balancer would answer. curl costs a tenth of what kubectl
 * costs, and it is asked twice a second; one that lets nobody in without a certificate (anonymous-auth=false) is asked
 * by kubectl.
 */
export const readyz = (address: string): Script => sh`if command -v curl >/dev/null; then
  case $(curl -s -m 5 -o /dev/null -w '%{http_code}' --cacert ${pki}/ca.crt \
https://${address}:${apiserverPort}/readyz) in 200) exit 0;; 401|403) ;; *) exit 1;; esac
fi
${raw(kubectlAsServer(address))} --request-timeout=5s get --raw /readyz >/dev/null 2>&1`;

function apiserverUnit(context: HostContext): string {
  return unit({
    Unit: {
      Description: 'Kubernetes API server',
      After: 'network-online.target etcd.service',
      Wants: 'network-online.target',
    },
    Service: {
      Type: 'notify',
      ExecStart: command(`${bin}/kube-apiserver`, apiserverFlags(context)),
      ...supervised,
      ...oomScore(context.fact, 'state'),
      LimitNOFILE: '131072',
      LogsDirectory: 'kubernetes',
      LogsDirectoryMode: '0700',
    },
    Install: { WantedBy: 'multi-user.target' },
  });
}

/** Of a host and the cluster file alone. */
export function apiserverFlags(context: Pick<HostContext, 'spec' | 'host'>): Record<string, string> {
  const { spec, host } = context;
  const has = (flag: string) => hasFlag('kube-apiserver', flag, spec.kubernetes);
  return {
    'advertise-address': host.address,
    'allow-privileged': 'true',
    'authorization-mode': 'Node,RBAC',
    'client-ca-file': `${pki}/ca.crt`,
    'enable-bootstrap-token-auth': 'true',
    ...(has('insecure-port') ? { 'insecure-port': '0' } : {}),
    'secure-port': String(apiserverPort),
    'service-cluster-ip-range': spec.network.services,
    'tls-cert-file': `${pki}/apiserver.crt`,
    'tls-private-key-file': `${pki}/apiserver.key`,
    profiling: 'false',
    ...etcdAccess(context),
    ...kubeletAccess,
    ...frontProxy,
    ...serviceAccounts(context),
    ...safekeeping,
    ...apiserverDefaults(spec),
    ...spec.components.apiserver.extraArgs,
  };
}

const etcdAccess = (context: Pick<HostContext, 'spec'>) => ({
  'etcd-servers': etcdServers(context),
  'etcd-cafile': `${pki}/etcd/ca.crt`,
  'etcd-certfile': `${pki}/apiserver-etcd-client.crt`,
  'etcd-keyfile': `${pki}/apiserver-etcd-client.key`,
});

const kubeletAccess = {
  'kubelet-certificate-authority': `${pki}/ca.crt`,
  'kubelet-client-certificate': `${pki}/apiserver-kubelet-client.crt`,
  'kubelet-client-key': `${pki}/apiserver-kubelet-client.key`,
  'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
};

const frontProxy = {
  'proxy-client-cert-file': `${pki}/front-proxy-client.crt`,
  'proxy-client-key-file': `${pki}/front-proxy-client.key`,
  'requestheader-allowed-names': 'front-proxy-client',
  'requestheader-client-ca-file': `${pki}/front-proxy-ca.crt`,
  'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
  'requestheader-group-headers': 'X-Remote-Group',
  'requestheader-username-headers': 'X-Remote-User',
};

const serviceAccounts = ({ spec }: Pick<HostContext, 'spec'>) => ({
  'service-account-issuer': `https://kubernetes.default.svc.${spec.network.domain}`,
  'service-account-key-file': `${pki}/sa.pub`,
  'service-account-signing-key-file': `${pki}/sa.key`,
});

const safekeeping = {
  'encryption-provider-config': encryptionConfig,
  'audit-policy-file': auditPolicy,
  'audit-log-path': auditLog,
  'audit-log-maxage': '30',
  'audit-log-maxbackup': '10',
  'audit-log-maxsize': '100',
};
