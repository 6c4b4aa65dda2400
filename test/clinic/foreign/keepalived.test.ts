/** Forms of keepalived.conf as builders and people write them, each in words of its own: what keepalived makes of it. */
import { expect, test } from 'vitest';
import { instancesIn } from '../../../src/clinic/read/balancer/keepalived.js';

interface Form {
  readonly name: string;
  readonly text: string;
  readonly files?: Readonly<Record<string, readonly string[]>>;
  /** `name id addresses | peers` */
  readonly instances: readonly string[];
  readonly unread?: readonly string[];
}

const forms: readonly Form[] = [
  {
    name: 'the guide of kubeadm for highly available clusters',
    text: `! /etc/keepalived/keepalived.conf
global_defs {
    router_id LVS_DEVEL
}
vrrp_script check_apiserver {
  script "/etc/keepalived/check_apiserver.sh"
  interval 3
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 101
    authentication {
        auth_type PASS
        auth_pass REDACTED
    }
    virtual_ipaddress {
        192.0.2.10
    }
    track_script {
        check_apiserver
    }
}
`,
    instances: ['VI_1 51 192.0.2.10 |'],
  },
  {
    name: 'variables, an include, lines for one host, peers behind the brace',
    text: `$VRID=60
$VIP=192.0.2.10
include /etc/keepalived/conf.d/*.conf
vrrp_sync_group G1 { group { API } }
vrrp_instance API {
    @^cp-1 priority 101
    @cp-1 state MASTER
    virtual_router_id $VRID
    interface ens192
    unicast_peer { 192.0.2.12
        192.0.2.13 }
    virtual_ipaddress { \${VIP}/32 }
    virtual_ipaddress_excluded { 2001:db8::10/64 }
}
`,
    files: { '/etc/keepalived/conf.d/*.conf': ['vrrp_script x { script "/bin/true" }\n'] },
    instances: ['API 60 192.0.2.10,2001:db8::10 | 192.0.2.12,192.0.2.13'],
  },
  {
    name: 'a router id for each host',
    text: `vrrp_instance API {
  @cp-1 virtual_router_id 71
  @^cp-1 virtual_router_id 72
  virtual_ipaddress {
    192.0.2.10/24 dev eth0 label eth0:vip brd 192.0.2.255
    192.0.2.9/24 dev eth0
  }
}
`,
    instances: ['API 71 192.0.2.10,192.0.2.9 |'],
  },
  {
    name: 'instances in files of their own, no id',
    text: 'include instances.conf\ninclude /etc/keepalived/gone.conf\n',
    files: {
      'instances.conf': ['vrrp_instance "A" {\n virtual_ipaddress {\n 192.0.2.10\n }\n}\nvrrp_instance B\n{\n}\n'],
    },
    instances: ['A 51 192.0.2.10 |', 'B 51  |'],
    unread: ['/etc/keepalived/gone.conf'],
  },
  {
    name: 'a variable that nobody sets',
    text: 'vrrp_instance A {\n virtual_router_id $_ID\n virtual_ipaddress { 192.0.2.10 }\n}\n',
    instances: ['A unknown 192.0.2.10 |'],
  },
  {
    name: 'commented out',
    text: `#vrrp_instance OLD { virtual_router_id 1 }
vrrp_instance NEW {
  virtual_router_id 2 # not 1
  unicast_src_ip 192.0.2.11
  unicast_peer {
    # 192.0.2.14
    192.0.2.12
  }
  virtual_ipaddress {
    192.0.2.10/24 dev eth0
  }
}
`,
    instances: ['NEW 2 192.0.2.10 | 192.0.2.12'],
  },
];

test.each(forms.map(one => [one.name, one] as const))('%s', (_, { text, files, instances, unread }) => {
  const read = instancesIn(text, 'cp-1', pattern => files?.[pattern] ?? []);
  expect(
    read.instances.map(({ name, id, addresses, peers }) =>
      `${name} ${id ?? 'unknown'} ${addresses.join(',')} | ${peers.join(',')}`.trim(),
    ),
  ).toEqual(instances);
  expect(read.unread).toEqual(unread ?? []);
});

test('a file that includes itself ends', () => {
  const text = 'include a\nvrrp_instance A { virtual_ipaddress { 192.0.2.10 } }\n';
  expect(instancesIn(text, 'cp-1', () => [text, text]).instances.length).toBeGreaterThan(0);
});
