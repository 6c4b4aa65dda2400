import type { Evidence } from '../../model/fact.js';
import type { CertificateSeen, FileSeen, KeySeen, KubeconfigSeen, ServedSeen } from './seen.js';

/** What was seen of one host in one round trip; each section is a value or the reason why it is missing. */
export interface HostChart {
  readonly name: string;
  readonly address: string;
  /** `etcd`, `controlPlane`, `worker`, `loadBalancer`: from the cluster file, or from what runs there. */
  readonly roles: readonly string[];
  readonly identity: Evidence<Identity>;
  readonly network: Evidence<NetworkSeen>;
  readonly clock: Evidence<{
    /** Seconds, host less control machine, with half the round trip taken off. */
    readonly ahead: number;
    readonly uncertainty: number;
    readonly synchronized?: boolean;
  }>;
  /** `kubelet` → `1.20.2`, `containerd` → `1.6.20`, `kernel`, `iptables` → `1.8.9 (nf_tables)`. */
  readonly versions: Evidence<Readonly<Record<string, string>>>;
  readonly cgroup: Evidence<'v1' | 'v2' | 'hybrid'>;
  readonly units: Evidence<readonly UnitSeen[]>;
  /** Processes of known components, in containers too. */
  readonly processes: Evidence<readonly ProcessSeen[]>;
  /** Configuration files of a known list of places, text redacted. */
  readonly files: Evidence<readonly FileSeen[]>;
  readonly certificates: Evidence<readonly CertificateSeen[]>;
  readonly keys: Evidence<readonly KeySeen[]>;
  readonly kubeconfigs: Evidence<readonly KubeconfigSeen[]>;
  /** What ports of this host served in a TLS handshake made on the host itself. */
  readonly served: Evidence<readonly ServedSeen[]>;
  readonly listening: Evidence<
    readonly {
      readonly protocol: 'tcp' | 'udp';
      readonly address: string;
      readonly port: number;
      readonly process: string;
      readonly pid?: number;
    }[]
  >;
  /** `containerd config dump`, parsed. */
  readonly containerd: Evidence<Readonly<Record<string, unknown>>>;
  /** Last lines by unit or container: `kubelet`, `kube-apiserver`, `etcd` …; bounded, escaped when shown. */
  readonly logs: Evidence<Readonly<Record<string, readonly string[]>>>;
  readonly sysctls: Evidence<Readonly<Record<string, string>>>;
  readonly kernel: Evidence<KernelSeen>;
  readonly podLinks: Evidence<PodLinksSeen>;
  readonly firewall: Evidence<FirewallSeen>;
  readonly etcd: Evidence<EtcdSeen>;
  readonly room: Evidence<RoomSeen>;
  /** References of images in the runtime's store. */
  readonly images: Evidence<readonly string[]>;
  /** Names in the folders of CNI plugins. */
  readonly cniPlugins: Evidence<Readonly<Record<string, readonly string[]>>>;
  /** TCP connects from this host to `address:port` of the others: 'open', 'refused', 'timeout', 'no-route'. */
  readonly reach: Evidence<Readonly<Record<string, string>>>;
  /**
   * GET answers, without credentials, of addresses asked from the host: `https://127.0.0.1:10259/healthz` → `200 ok`,
   * `https://127.0.0.1:6443/version` → `200 {…}`; `refused`, `timeout`, `alert …` where there was none.
   */
  readonly health: Evidence<Readonly<Record<string, string>>>;
}

export interface Identity {
  readonly hostname: string;
  readonly machineId: string;
  readonly productUuid: string;
  readonly macs: readonly string[];
}

export interface NetworkSeen {
  readonly links: readonly {
    readonly name: string;
    readonly mtu: number;
    readonly up: boolean;
    readonly kind?: string;
    readonly mac?: string;
    readonly master?: string;
  }[];
  readonly addresses: readonly { readonly link: string; readonly address: string; readonly prefix: number }[];
  readonly routes: readonly {
    readonly to: string;
    readonly via?: string;
    readonly link?: string;
    readonly protocol?: string;
  }[];
  /** Entries that somebody wrote, and no answer of the network corrects; absent in bundles of before. */
  readonly neighbours?: readonly { readonly address: string; readonly link: string; readonly mac: string }[];
  readonly resolvConf: string;
}

/** What the kernel that the host runs on gives it, or keeps from it. */
export interface KernelSeen {
  /** What systemd-detect-virt says of containers: `none`, `lxc`, `systemd-nspawn`, `docker` …; '' nobody says. */
  readonly container: string;
  /** Whether /dev/kmsg can be opened. */
  readonly kmsg: boolean;
  /** Whether /proc/sys may be written: a container often has it read-only. */
  readonly sysWritable: boolean;
  /** Versions under /lib/modules. */
  readonly trees: readonly string[];
  /** Of the modules that a cluster needs: loaded or built in; and to be had for the kernel that runs. */
  readonly loaded: readonly string[];
  readonly onDisk: readonly string[];
  readonly selinux: 'enforcing' | 'permissive' | 'off';
  /** SELinux context by path, of programs and folders of the cluster; empty where it is off. */
  readonly labels: Readonly<Record<string, string>>;
  /** UDP datagrams that were thrown away for their checksum, since boot. */
  readonly badUdpChecksums: number;
}

/** Links and addresses of pods, as others on the host see them. */
export interface PodLinksSeen {
  /** Links that a network manager of the host configures; `state` in its own word. */
  readonly managed: readonly {
    readonly link: string;
    readonly by: 'systemd-networkd' | 'NetworkManager';
    readonly state: string;
  }[];
  /** By VXLAN link: whether the checksum of what is sent is left to the card. Empty: ethtool is not there. */
  readonly checksumOffload: Readonly<Record<string, boolean>>;
  /** Addresses that host-local holds, by its network; `stale`: of containers that do not live. */
  readonly held: Readonly<Record<string, { readonly addresses: number; readonly stale: number }>>;
}

export interface UnitSeen {
  readonly name: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly result: string;
  readonly restarts: number;
  readonly enabled: string;
  /** `Restart=` in force. */
  readonly restart: string;
  readonly startedAt?: string;
  /** The last times that systemd started it again by itself, oldest first; only of one that it did so often. */
  readonly restartedAt?: readonly string[];
  readonly path: string;
  readonly dropIns?: readonly string[];
  /** Of its main process, where that ended by itself and not well. */
  readonly exitStatus?: number;
  /** Its files changed since systemd read them. */
  readonly needsReload?: boolean;
}

export interface ProcessSeen {
  /** `kube-apiserver`, `kubelet`, `etcd`, `containerd`, `dockerd`, `haproxy`, `keepalived` … */
  readonly program: string;
  readonly pid: number;
  readonly argv: readonly string[];
  /** Only HTTP_PROXY, HTTPS_PROXY, NO_PROXY (and lower case). */
  readonly proxies: Readonly<Record<string, string>>;
  readonly startedAt: string;
  /** In a container (static pod) rather than a unit. */
  readonly contained: boolean;
  /** State T of proc(5): it was sent SIGSTOP, or is traced. It holds its ports and answers nobody; absent: it runs. */
  readonly halted?: true;
  /** The program that it was started from is not there any more: it cannot be started again. */
  readonly gone?: true;
  /** What its own cgroup allows, where that is less than everything. */
  readonly limits?: {
    readonly tasks?: { readonly most: number; readonly now: number };
    /** Bytes that cannot be given back: caches fill every limit, and leave it. */
    readonly memory?: { readonly most: number; readonly now: number };
    /** Periods since its start, and those in which it was made to wait. */
    readonly cpu?: { readonly periods: number; readonly throttled: number };
  };
}

export interface FirewallSeen {
  /** `iptables-nft-save` and `iptables-legacy-save`, bounded; a back end that is not there is ''. */
  readonly nft: string;
  readonly legacy: string;
  /** Tables of nft that are not iptables-nft's own, as text. */
  readonly foreign: string;
}

export interface EtcdSeen {
  readonly members: readonly {
    readonly id: string;
    readonly name: string;
    readonly peerUrls: readonly string[];
    readonly clientUrls: readonly string[];
    readonly learner: boolean;
  }[];
  readonly status: readonly {
    readonly endpoint: string;
    readonly error?: string;
    readonly memberId?: string;
    readonly clusterId?: string;
    readonly leader?: string;
    readonly dbSize?: number;
    readonly version?: string;
    readonly errors?: readonly string[];
  }[];
  readonly alarms: readonly string[];
  /** Seconds, 99th percentile of wal fsync from /metrics; bytes of the quota. */
  readonly fsyncP99?: number;
  readonly quota?: number;
}

export interface RoomSeen {
  readonly disks: readonly {
    readonly mount: string;
    readonly path: string;
    readonly size: number;
    readonly free: number;
    readonly inodesFree: number;
    readonly inodes: number;
  }[];
  readonly memory: number;
  readonly swaps: readonly string[];
  readonly inotify: { readonly instances: number; readonly limit: number };
}
