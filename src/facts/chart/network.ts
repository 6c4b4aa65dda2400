import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import { sh } from '../../shell/sh.js';

interface Link {
  readonly ifname: string;
  readonly mtu?: number;
  readonly operstate?: string;
  readonly flags?: readonly string[];
  readonly address?: string;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly link_type?: string;
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}
interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
}

interface Neighbour {
  readonly dst?: string;
  readonly dev?: string;
  readonly lladdr?: string;
}

export const network = chartFact({
  id: 'network',
  question: {
    ask: 'host',
    seconds: 3,
    bytes: 2 * 1024 * 1024,
    script: sh`ip -d -j addr show; echo; ip -j route show table main; echo; \
ip -j neigh show nud permanent; echo; echo '#resolv'; \
head -c 8192 /etc/resolv.conf 2>/dev/null`,
  },
  parse: output => {
    const cut = output.indexOf('#resolv\n');
    const [links, routes, neighbours] = output
      .slice(0, Math.max(0, cut))
      .split('\n')
      .filter(line => line.startsWith('['))
      .map(json);
    if (cut < 0 || !Array.isArray(links)) throw new NotSeen('ip -j did not answer');
    return {
      // Without -p, iproute2 leaves empty objects where a filter dropped an interface.
      links: (links as Link[])
        .filter(link => link.ifname)
        .map(link => {
          const kind = link.linkinfo?.info_kind ?? (link.link_type === 'loopback' ? 'loopback' : undefined);
          return {
            name: link.ifname,
            mtu: link.mtu ?? 0,
            up: link.flags?.includes('UP') === true,
            ...(kind && { kind }),
            ...(link.address && { mac: link.address }),
            ...(link.master && { master: link.master }),
          };
        }),
      addresses: (links as Link[]).flatMap(link =>
        (link.addr_info ?? []).flatMap(one =>
          one.local ? [{ link: link.ifname, address: one.local, prefix: one.prefixlen ?? 32 }] : [],
        ),
      ),
      routes: ((routes ?? []) as Route[]).map(route => ({
        to: route.dst,
        ...(route.gateway && { via: route.gateway }),
        ...(route.dev && { link: route.dev }),
        ...(route.protocol && { protocol: route.protocol }),
      })),
      neighbours: ((neighbours ?? []) as Neighbour[]).flatMap(neighbourOf),
      resolvConf: output.slice(cut + 8),
    };
  },
});

const neighbourOf = ({ dst, dev, lladdr }: Neighbour) =>
  dst !== undefined && dev !== undefined && lladdr !== undefined ? [{ address: dst, link: dev, mac: lladdr }] : [];

const json = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    throw new NotSeen('the answer of ip -j is cut off');
  }
};
