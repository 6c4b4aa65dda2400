/** Nodes and pods of a large, healthy cluster, with the statuses and managed fields that real ones have. */
const started = '2026-05-02T08:00:00Z';

const uid = (kind: number, n: number): string =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

export const nodeName = (n: number): string => `node-${String(n).padStart(4, '0')}`;

/** Who set which field: about a third of what an API server sends. */
const managed = (manager: string, fields: readonly string[]) => [
  {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: started,
    fieldsType: 'FieldsV1',
    fieldsV1: Object.fromEntries(
      fields.map(field => [
        `f:${field}`,
        { '.': {}, 'f:lastTransitionTime': {}, 'f:message': {}, 'f:reason': {}, 'f:status': {}, 'f:type': {} },
      ]),
    ),
  },
];

const conditions = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
  ['Ready', 'True', 'KubeletReady'],
] as const;

export const node = (n: number, now: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: nodeName(n),
    uid: uid(1, n),
    creationTimestamp: started,
    annotations: {
      'node.alpha.kubernetes.io/ttl': '0',
      'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
    },
    labels: {
      'kubernetes.io/hostname': nodeName(n),
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'topology.kubernetes.io/zone': `zone-${n % 3}`,
      ...(n < 3 && { 'node-role.kubernetes.io/control-plane': '', 'node-role.kubernetes.io/master': '' }),
    },
    managedFields: managed('kubelet', [
      'metadata',
      'spec',
      'conditions',
      'images',
      'nodeInfo',
      'addresses',
      'allocatable',
      'capacity',
    ]),
  },
  spec: { podCIDR: `10.${128 + (n >> 8)}.${n & 255}.0/24`, podCIDRs: [`10.${128 + (n >> 8)}.${n & 255}.0/24`] },
  status: {
    addresses: [
      { type: 'InternalIP', address: `172.16.${n >> 8}.${n & 255}` },
      { type: 'Hostname', address: nodeName(n) },
    ],
    capacity: { cpu: '16', memory: '65806460Ki', pods: '110', 'ephemeral-storage': '101430960Ki' },
    allocatable: { cpu: '16', memory: '65704060Ki', pods: '110', 'ephemeral-storage': '93478772582' },
    conditions: conditions.map(([type, status, reason]) => ({
      type,
      status,
      reason,
      message: `kubelet says: ${reason}`,
      lastHeartbeatTime: now,
      lastTransitionTime: started,
    })),
    nodeInfo: {
      architecture: 'amd64',
      operatingSystem: 'linux',
      kernelVersion: '6.1.0-18-amd64',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      kubeletVersion: 'v1.20.2',
      kubeProxyVersion: 'v1.20.2',
      containerRuntimeVersion: 'containerd://1.6.20',
      machineID: uid(2, n).replaceAll('-', ''),
      systemUUID: uid(3, n),
      bootID: uid(4, n),
    },
    images: Array.from({ length: 20 }, (_, at) => ({
      names: [
        `registry.example.org/team/image-${at}@sha256:${uid(5, at).replaceAll('-', '').repeat(2)}`,
        `registry.example.org/team/image-${at}:1.${at}`,
      ],
      sizeBytes: 50_000_000 + at,
    })),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  },
});

export const pod = (n: number, nodes: number) => {
  const name = `web-${(n % 500).toString(36)}-${n.toString(36).padStart(5, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: `team-${n % 50}`,
      uid: uid(6, n),
      creationTimestamp: started,
      labels: { app: `web-${n % 500}`, 'pod-template-hash': (n % 500).toString(36) },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `web-${n % 500}`,
          uid: uid(7, n % 500),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: managed('kube-controller-manager', [
        'metadata',
        'containers',
        'dnsPolicy',
        'restartPolicy',
        'conditions',
        'containerStatuses',
        'hostIP',
        'podIP',
      ]),
    },
    spec: {
      nodeName: nodeName(n % nodes),
      serviceAccountName: 'default',
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      containers: [
        {
          name: 'web',
          image: 'registry.example.org/team/image-1:1.1',
          imagePullPolicy: 'IfNotPresent',
          args: ['--listen=:8080', '--log=info'],
          env: [
            { name: 'STAGE', value: 'production' },
            { name: 'PEERS', value: 'web.team.svc:8080' },
          ],
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
          readinessProbe: {
            httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    },
    status: {
      phase: 'Running',
      hostIP: `172.16.${(n % nodes) >> 8}.${(n % nodes) & 255}`,
      podIP: `10.${128 + ((n % nodes) >> 8)}.${(n % nodes) & 255}.${2 + Math.floor(n / nodes)}`,
      startTime: started,
      qosClass: 'Burstable',
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(type => ({
        type,
        status: 'True',
        lastTransitionTime: started,
      })),
      containerStatuses: [
        {
          name: 'web',
          ready: true,
          restartCount: 0,
          started: true,
          image: 'registry.example.org/team/image-1:1.1',
          imageID: `registry.example.org/team/image-1@sha256:${uid(5, 1).replaceAll('-', '').repeat(2)}`,
          containerID: `containerd://${uid(8, n).replaceAll('-', '').repeat(2)}`,
          state: { running: { startedAt: started } },
          lastState: {},
        },
      ],
    },
  };
};
