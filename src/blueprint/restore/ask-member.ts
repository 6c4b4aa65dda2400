/** What a host of etcd is asked before a restore: one question, which changes nothing. */
import type { Host } from '../../model/cluster.js';
import { etcdClientPort } from '../../model/components.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { etcdctl } from '../components/etcd.js';
import { bin, etcdMemberMark } from '../render/paths.js';
import { restoreRunning } from './paths.js';

/** Read by `facts/restore-member.ts`. */
export const askMember = (
  host: Host,
): Script => sh`[ ! -e ${restoreRunning} ] || { printf 'running='; head -c 2000 ${restoreRunning} | tr -d '\\n'; echo; }
printf 'etcd='; ${bin}/etcd --version 2>/dev/null | sed -n 's/^etcd Version: *//p'; echo
sed -n -e 's/^mount=/mount=/p' -e 's/^members=/members=/p' ${etcdMemberMark} 2>/dev/null
mount=$(sed -n 's/^mount=//p' ${etcdMemberMark} 2>/dev/null | head -n 1)
[ -z "$mount" ] || mountpoint -q "$mount" || echo unmounted=yes
[ ! -e /var/lib/etcd/member/snap/db ] || echo data=yes
! ${raw(etcdctl({ host }))} get h >/dev/null 2>&1 || echo quorum=yes
ss -Htn state established \\( sport = :${etcdClientPort} \\) 2>/dev/null | awk '{ print "client=" $4 }' | sort -u
echo end=yes`;
