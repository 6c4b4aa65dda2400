/** What people speak of when they tell of a host: its clock, disk, kernel, links, and what runs beside the cluster. */
import { pattern } from '../../../model/pattern.js';

export const hostThings = {
  clock: pattern(
    /\bclocks?\b|\bchrony\w*|\bntpd?\b|\btimesyncd\b|\bhwclock\b|\btime ?zones?\b/i,
    /|\b(?:system|host|wrong|its|the) time\b|\bset the date\b|\bdate of the\b/i,
  ),
  disk: pattern(
    /\b(?:disks?|storage|hdds?|ssds?|file ?systems?|partitions?|sd[- ]cards?|nfs|ceph|volumes?|raid)\b/i,
    /|\/var\/lib\/(?:containerd|kubelet|docker|etcd)\b|\bimage ?fs\b|(?<!\S)\/ (?=was|is|at)/i,
  ),
  'slow-disk': pattern(
    /\b(?:slow|spinning|shared|same|busy|busiest|network|old) (?:\w+ )?(?:disks?|storage|hdds?|io|drives?)\b/i,
    /|\bf(?:data)?sync\b/i,
    /|\b(?:disks?|storage|hdds?|drives?)\b.{0,60}/i,
    /\b(?:slow|latency|\d+ ?ms|seconds|saturat\w+|busy|overload\w*|iops)\b/i,
    /|\bsd[- ]cards?\b|\bio ?wait\b|\biops\b|\bi\/o (?:load|latency|wait)\b/i,
  ),
  swap: /\bswap(?:on|off|ped|ping|file|s)?\b(?!\s*(?:\/|file|copy|and backup))/i,
  'ip-forward': /\bip[_ ]?forward(?:ing)?\b|\bforwarding\b.{0,20}\b(?:off|disabled|0)\b|\bbridge-nf\b|br_netfilter/i,
  'rp-filter': /\brp_?filter\b|\bmartians?\b|\breverse[- ]path\b|\basymmetric(?:al)? rout/i,
  inotify: /\binotify\b|\bfsnotify\b|max_user_(?:instances|watches)/i,
  'open-files': /\btoo many open files\b|LimitNOFILE|\bopen files?\b|\bulimit\b|\bfile descriptors?\b|\bnofile\b/i,
  conntrack: /\bconn?track\b|nf_conntrack/i,
  'kernel-module': pattern(
    /\bmodprobe\b|\bkernel modules?\b|\/lib\/modules|\bip_?vs modules?\b|\b(?:ip_vs|br_netfilter|ip_set|xt_\w+)\b/i,
    /|\b(?:vxlan|overlay|ipvs|wireguard|bpf)\b.{0,20}\b(?:module|support|in (?:the|our) kernel)/i,
    /|\b(?:minimal|custom|own|stripped) kernel\b/i,
  ),
  'host-in-container': pattern(
    /\blxc\b|\blxd\b|\bincus\b|\bopenvz\b|\bwsl2?\b|\b(?:unprivileged|proxmox|privileged) containers?\b/i,
    /|\binside (?:of )?(?:a|an) (?:\w+ )?container\b|\bdocker[- ]in[- ]docker\b/i,
  ),
  'kernel-file': /\/dev\/kmsg|\/proc\/\w+|\/sys\/\w+|\bsysctls?\b|\bcgroups?\b|\bovercommit|\bmodprobe\b/i,
  selinux: /\bselinux\b|\bsetenforce\b|\bavc\b|\brestorecon\b|\bchcon\b/i,
  apparmor: /\bapparmor\b/i,
  'cgroup-driver': /\bcgroup ?drivers?\b|\bcgroupfs\b|\bSystemdCgroup\b|\bcgroupDriver\b/i,
  'cgroup-v1': /\bcgroups? ?v1\b|\blegacy cgroups?\b|\bhybrid cgroups?\b/i,
  cpus: /\b(?:v?cpus?|cores?|numa nodes?)\b/i,
  'network-manager': /\bnetwork ?manager\b|\b(?:systemd-)?networkd\b|\bnmcli\b|\bnetplan\b|\bwicked\b/i,
  'pod-links': /\b(?:cali|veth|cni|flannel|cilium|lxc)\w*\b.{0,30}|\broutes?\b|\binterfaces?\b/i,
  firewall: pattern(
    /\bfirewall(?:d|s|-cmd)?\b|\bufw\b|\bsecurity[- ]groups?\b|\bnsgs?\b|\bnftables\b|\bnft (?:list|ruleset)\b/i,
    /|\bwhich ports\b|\bopen(?:ed|ing)? .{0,40}\bports?\b|\bports? .{0,40}\b(?:blocked|closed|open(?:ed)?)\b/i,
    /|\bacls?\b/i,
    /|\b(?:only )?(?:allows?|permits?|opened) (?:only )?(?:tcp|\d{2,5})\b/i,
    /|\b(?:blocks?|filters?) (?:udp|ip-?ip|vxlan)\b/i,
  ),
  'forward-drop': pattern(
    /\bFORWARD\b.{0,40}\b(?:DROP|ACCEPT|policy|chain)\b|\bpolicy\b.{0,20}\bFORWARD\b|\bpolicy DROP\b/i,
    /|\bDROP rules?\b|\brules? .{0,30}\bDROPs?\b|\b(?:raw|mangle) table\b/i,
  ),
  'drops-input': /\bdrop(?:s|ped)?\b.{0,40}\b(?:input|prerouting)\b|\binput (?:chain|hook)\b.{0,60}\bdrop/i,
  'rules-flushed': pattern(
    /\b(?:flush\w*|wip\w*|clean\w*|delet\w*|remov\w*|los\w+|clear\w*)\b.{0,60}/i,
    /\b(?:iptables|nft\w*|nat|all)?\b ?\brules?\b/i,
    /|\b(?:iptables|nat|rules?)\b.{0,60}/i,
    /\b(?:flushed|gone|messed up|lost|cleared|wiped|missing|never come back|not loaded)\b/i,
  ),
  'firewall-reload': pattern(
    /\b(?:reload|restart)\w*\b.{0,30}\b(?:firewalld?|iptables|nftables|ufw|network(?:ing)?)\b/i,
    /|\bfirewalld?\b.{0,20}\breload/i,
  ),
  'iptables-backends': pattern(
    /\biptables-(?:legacy|nft)\b|\bnf_tables\b.{0,160}\blegacy\b|\blegacy\b.{0,160}\bnf_?tables\b/i,
    /|\bupdate-alternatives\b.{0,60}\biptables\b|\bboth (?:back ?ends|variants|versions|modes) of iptables\b/i,
  ),
  masquerade: pattern(
    /\bmasquerad\w*|\bsnat(?:ted)?\b|\bwithout being (?:nat|translat)\w+|\bnot (?:natted|translated)\b/i,
    /|\b(?:leav\w+|go out|sent out|packets)\b.{0,60}\b(?:with|from)\b.{0,20}\bpod'?s?(?: own)? (?:ip|address)/i,
    /|\bsource\b.{0,30}\b(?:pod ip|10\.\d+\.\d+\.\d+)\b|\bpod ip as (?:the )?source\b/i,
  ),
  mtu: /\bmtus?\b|\bjumbo frames?\b|\bfragment(?:ed|ation|ing)?\b|\bmss\b/i,
  large: pattern(
    /\b(?:large|larger|big|bigger|huge|long)\b.{0,30}/i,
    /\b(?:packets?|responses?|requests?|files?|downloads?|pages?|pods?|body|payloads?|transfers?)\b/i,
    /|\banything bigger\b/i,
  ),
  'http-proxy': pattern(
    /\bhttps?_proxy\b|\bno_proxy\b|\bsquid\b|\b(?:corporate|company|http|web|forward|our) proxy\b|\bbehind a proxy\b/i,
    /|\bthrough (?:the|a|our) proxy\b|\bprox(?:y|ies) (?:settings?|servers?|environment|variables?|set)\b/i,
    /|\/etc\/environment/i,
  ),
  'same-identity': pattern(
    /\bsame (?:product[_ ]uuid|machine[- ]?id|mac|host ?name|node ?name|uuid|identity|name)\b/i,
    /|\bidentical (?:product|machine|mac|host)\w*|\/etc\/machine-id|\bproduct_uuid\b/i,
    /|\bduplicate (?:mac|host ?name|uuid)/i,
  ),
  cloned: /\bclon(?:e|ed|es|ing)\b|\bsame (?:vm )?(?:image|template|snapshot)\b|\bvm templates?\b|\bgolden image\b/i,
  'wrong-nic': pattern(
    /\b10\.0\.2\.15\b|\binternal[- ]ip\b/i,
    /|\b(?:two|2|three|several|multiple) (?:network )?(?:cards|interfaces|nics|adapters)\b/i,
    /|\bwrong (?:interface|nic|ip|network card|adapter|node ip)\b|\bnat interface\b/i,
    /|\bsecond (?:interface|nic|network)\b/i,
  ),
  'package-repository': pattern(
    /\bapt\.kubernetes\.io\b|\bpackages\.cloud\.google\b|\byum\.kubernetes\b|\bpkgs\.k8s\.io\b|\blegacy repo/i,
    /|\b(?:apt|apt-get|yum|dnf|zypper) (?:update|install|upgrade)\b|\bpackage repositor\w+/i,
  ),
  'unit-file': pattern(
    /\bdrop-?ins?\b|\bunit files?\b|\bsystemd units?\b|\bservice files?\b|\bdaemon-reload\b|\b10-kubeadm\.conf\b/i,
  ),
  vip: /\bvips?\b|\bvirtual[- ](?:ips?|address\w*)\b|\bkeepalived\b|\bvrrp\b/i,
  balancer: /\bload[- ]?balancers?\b|\bha-?proxy\b|\bnginx\b|\b[en]lbs?\b|\blbs?\b|\bkube-vip\b/i,
} as const;
