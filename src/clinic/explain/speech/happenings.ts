/** What people say happened to a thing, or what they had done before it began. */
import { pattern } from '../../../model/pattern.js';

export const happenings = {
  apart: pattern(
    /\b(?:behind|ahead|drift\w*|skew\w*|out of sync|not (?:in )?sync\w*|off by|future|wrong|differs?|apart)\b/i,
    /|\b\d+ (?:hours?|minutes?|days?) (?:late|early|behind|ahead|into)\b|\bnot running\b|\bset\b.{0,40}\bback\b/i,
  ),
  full: pattern(
    /\bfull\b|\bmax(?:imum)?\b|\blimits?\b|\bexhausted\b|\bexceed\w*|\bequals?\b|\boverflow\w*|\bno space\b/i,
    /|\b[89]\d ?%|\bfilled\b|\bgrew\b|\bquota\b|\bgrown\b|\bhit its\b/i,
  ),
  evicted: /\bevict\w*/i,
  'disk-pressure': /\bdisk-?pressure\b/i,
  missing: pattern(
    /\bmissing\b|\bnot (?:found|there|available|loaded|supported|assigned)\b|\bno\b|\bwithout\b|\black\w*/i,
    /|\bforgot\b|\bdoes(?:n't| not) (?:get|have|exist)\b|\bno such\b/i,
  ),
  gone: pattern(
    /\b404\b|\bgone\b|\bshut ?down\b|\bfail\w*|\bno longer\b|\bnot (?:signed|found)\b|\bfrozen\b|\bdeprecated\b/i,
    /|\bremoved\b|\bdisappear\w*/i,
  ),
  wiped: pattern(
    /\bwip(?:ed|ing)\b|\bemptied\b|\bdeleted\b|\brm -rf\b|\bcleared\b|\bformatted\b|\brestor(?:ed|ing)\b/i,
    /|\bfrom (?:a )?backup\b|\bempty data\b/i,
  ),
  'falls-apart': pattern(
    /\b(?:its|their) own\b|\breject\w*|\bdo(?:n't| not|es(?:n't| not)) (?:form|join|accept)\b/i,
    /|\bdifferent cluster\b|\bnew cluster\b|\bmismatch\w*|\bsplit\b/i,
  ),
  'leaves-still': /\bstill\b|\bleaves? it\b|\bremain(?:s|ed|ing)?\b|\bleft\b|\bnot (?:been )?removed\b|\bold\b/i,
  'node-deleted': pattern(
    /\b(?:delet(?:ed?|ing)|remov(?:ed?|ing)|destroyed|replac(?:ed|ing)|decommissioned|kubectl delete node)\b/i,
    /.{0,60}\b(?:masters?|control[- ]planes?|nodes?|cp-?\d|members?)\b/i,
    /|\b(?:old|former|previous|dead|deleted|removed) (?:masters?|nodes?|members?|control[- ]planes?)\b/i,
    /|\b(?:master|node|control[- ]plane)s?\b.{0,40}\bthat (?:we|i) (?:deleted|removed)\b/i,
  ),
  'most-gone': pattern(
    /\b(?:two|2|three|3|most|majority|all but one)\b.{0,20}/i,
    /\b(?:out )?(?:of )?(?:our |the |my )?(?:three|3|five|5)?\b.{0,40}/i,
    /\b(?:died|down|lost|gone|dead|failed|crashed|offline|broken|power cut)\b/i,
    /|\b(?:lost|losing)\b.{0,20}\b(?:two|2|quorum|the majority)\b|\bquorum\b/i,
  ),
  'at-once': pattern(
    /\bboth\b|\btwo\b|\ball (?:of )?(?:the |our )?(?:nodes|hosts|masters|workers)\b|\bsplit[- ]?brain\b/i,
    /|\bat (?:the same time|once)\b|\beach\b|\bevery (?:node|host)\b/i,
  ),
  flips: pattern(
    /\bflip\w*|\bflap\w*|\b(?:keeps?|kept) (?:switch|chang|toggl)\w+|\balternat\w+|\bback and forth\b/i,
    /|\bin turns\b|\bswitch\w* between\b|\breplaced\b/i,
  ),
  idle: pattern(
    /\bidle\b|\bsilen(?:t|ce)\b|\bwithout (?:any )?output\b|\bno output\b|\binactiv\w+/i,
    /|\bafter (?:exactly |about )?\d+ ?s(?:ec\w*)?\b|\bafter (?:a|one|\d+) minutes?\b/i,
  ),
  'cut-off': /\bcut\b|\bstops?\b|\bdisconnect\w*|\bclosed?\b|\bEOF\b|\bends\b|\bdrops?\b/i,
  watched: /\bwatch(?:es)?\b|\blogs? -f\b|\bget -w\b|\bport-forward\b|\bstream\w*\b|\btail\w*\b/i,
  interrupted: pattern(
    /\binterrupt\w*|\baborted\b|\bhalf ?-?way\b|\bkilled\b|\bctrl-?c\b|\bin the middle\b|\bcancell?ed\b/i,
    /|\bcut off\b|\blost connection\b/i,
  ),
  upgraded: /\bupgrad\w+|\bupdat\w+|\bafter the (?:upgrade|update)\b|\bsince 1\.\d\d\b/i,
  'not-starting': pattern(
    /\b(?:won't|will not|does(?:n't| not)|do(?:n't| not)|can(?:'|no)t) (?:start|come (?:up|back)|run|boot)\b/i,
    /|\bexits?\b|\bcrash\w*/i,
    /|\bnot (?:start|com)ing\b|\bfail\w* to start\b|\brestart\w* (?:every|all|again|loop)|\bdown\b/i,
    /|\bstopped working\b|\bnothing (?:starts|works)\b/i,
  ),
  restarts: /\brestart\w*|\bcrash\w*|\bagain and again\b|\bkilled every\b|\bloop\b/i,
  'stays-old': pattern(
    /\b(?:old|previous) (?:versions?|ones?|flags?|value|config\w*|expired)\b|\bignored\b/i,
    /|\bnot (?:applied|picked up)\b|\bno effect\b|\bstill (?:the )?(?:old|serves|uses|runs)\b|\bthe old\b/i,
    /|\bchanged on disk\b/i,
  ),
  'address-changed': pattern(
    /\b(?:new|other|different|changed?|changing|another) (?:\w+ ){0,3}(?:ips?|address(?:es)?|subnets?)\b/i,
    /|\b(?:ips?|address(?:es)?|subnets?)\b.{0,60}\b(?:changed|changes|is now|instead of|was changed|is different)\b/i,
    /|\bmoved\b.{0,60}\b(?:subnet|network|address|vlan)\b/i,
  ),
  renamed: pattern(
    /\b(?:chang\w+|renam\w+|set|modif\w+|new)\b.{0,30}\b(?:host|node) ?-?names?\b|\bhostnamectl\b|\brenamed\b/i,
    /|\bhost ?-?name\b.{0,30}\b(?:chang\w+|differ\w*)\b|\bold name\b/i,
  ),
  'cpus-changed': pattern(
    /\b(?:add\w*|remov\w*|chang\w*|resiz\w*|more|fewer|increas\w*|decreas\w*)\b.{0,30}/i,
    /\b(?:v?cpus?|cores?|memory|numa)\b/i,
  ),
  'before-init': pattern(
    /\bbefore (?:i |we |running |the )*(?:ran |run |running )?(?:kubeadm|init|join)/i,
    /|\b(?:right|just|directly) after install\w*|\bafter installing (?:it|kubelet)\b|\bnot (?:yet )?joined\b/i,
    /|\bfreshly installed\b/i,
  ),
  'nothing-happens': pattern(
    /\bno (?:pods|events?) \w*|\bnothing (?:is|gets|happens)\b|\bstay(?:s)? pending\b/i,
    /|\bnot (?:being )?scheduled\b|\bare not created\b/i,
  ),
  pending: /\bpending\b|\bnot scheduled\b|\bunschedul\w+/i,
  'not-ready': /\bnot ?ready\b/i,
  fresh: /\bfresh\w*|\bnew(?:ly)? (?:installed |kubeadm )?cluster\b|\bfirst\b|\bjust (?:installed|created|set up)\b/i,
  'same-network': /\bsame\b|\boverlap\w*|\bconflicts?\b|\b(?:too|as well|also)\b|\bcollid\w+|\bidentical\b/i,
  'wrong-server': /\binstead of\b|\bbut (?:our|the|my)\b|\b(?:host|node)'s\b|\bwrong\b|\bdifferent\b|\bnot set\b/i,
  unreachable: pattern(
    /\b(?:can ?not|can't|could ?n[o']t|unable|unreachable|inaccessible|never)\b|\btim(?:es?|ed|e)[- ]?outs?\b/i,
    /|\bfails?\b/i,
    /|\bno (?:answer|reply|network|connection|communication)\b/i,
    /|\bdoes(?:n't| not) (?:work|answer|respond|arrive)\b|\bbreaks?\b/i,
    /|\bonly (?:for|works|if|when|from|on the same)\b|\bnothing (?:ever )?comes\b|\bno longer\b/i,
  ),
  'other-node': pattern(
    /\b(?:other|different|another|across|between|remote|different) (?:nodes?|hosts?|workers?|machines?)\b/i,
    /|\bcross-?node\b|\bpod-to-pod\b|\bon node [a-z\d]\b|\bsame node\b/i,
  ),
  internet: /\binternet\b|\bexternal\w*\b|\boutside\b|\b8\.8\.8\.8\b|\b1\.1\.1\.1\b|\bgoogle\.com\b/i,
  hangs: /\bhangs?\b|\bhung\b|\bstall\w*|\bstuck\b|\bfreez\w+|\bnever comes? back\b/i,
  'no-effect': /\bstill\b|\bno effect\b|\bignored\b|\bnot enforced\b|\bdoes(?:n't| not) work\b/i,
  'left-links': /\b(?:delet|flush|remov|tak|touch|reset|chang)\w*\b|\bgone\b|\blost\b/i,
  rotated: /\brotat\w+|\brenew\w+|\breplac\w+|\bnew ca\b|\bregenerat\w+|\bre-?creat\w+/i,
  'some-only': pattern(
    /\b(?:two|one|some|half|part|third|second|only)\b.{0,20}\bof\b|\bthe (?:third|second|others?|rest)\b/i,
    /|\bon (?:only )?one\b|\bnot (?:on )?all\b|\bthrough \w+ but not\b/i,
  ),
  'old-or-other-cluster': pattern(
    /\bre-?r(?:u|a)n\w*\b.{0,20}\bkubeadm init\b|\bkubeadm (?:reset|init)\b.{0,20}\bagain\b/i,
    /|\bold (?:cluster|kube-?config)\b|\bre-?install\w*|\banother cluster\b|\bcopied\b.{0,40}\bconfig\b/i,
  ),
  expired: /\bexpir\w+|\bout of date\b|\bnot (?:been )?renewed\b|\bcan't renew\b/i,
  'not-yet-valid': /\bnot (?:yet )?valid\b|\bnot valid yet\b/i,
  'a-year': /\b(?:a|one|1|exactly one) year\b|\b365 days\b|\b(?:12|twelve) months\b/i,
  'days-left': pattern(
    /\b\d+ days?\b.{0,20}\b(?:left|residual|remaining)\b|\bexpires? (?:in|soon)\b|\bresidual\b/i,
    /|\babout to expire\b/i,
  ),
  'other-name': pattern(
    /\b(?:not|isn't) valid for\b|\bvalid for (?:other|only|another)\b|\bpublic ip\b|\bother names?\b/i,
    /|\bdns name\b|\bexternal (?:ip|name)\b/i,
    /|\bonly its name\b|\bnot (?:its|the) ip\b|\bSANs?\b/i,
  ),
  unreadable: pattern(
    /\b(?:0|zero) bytes?\b|\bempty\b|\bzero[- ]length\b|\btruncated\b|\bcorrupt\w*|\bmalformed\b/i,
    /|\bdoes not match\b|\bwrong key\b|\bby mistake\b/i,
  ),
  unauthorized: /\bunauthori[sz]ed\b|\b401\b|\brefused there\b|\binvalid bearer\b/i,
  forbidden: pattern(
    /\bforbidden\b|\b403\b|\bnot allowed\b|\bcannot (?:get|list|create|watch|update)\b/i,
    /|\bcan't (?:get|list|create|watch|update)\b|\bdeleted\b/i,
  ),
  'long-ago': pattern(
    /\b(?:\d+|two|three|few|some|several) (?:days|weeks|months|hours)\b|\b(?:days?|weeks?|months?) ago\b/i,
    /|\b(?:last|a) (?:week|month)\b|\byesterday\b|\b24 ?h\w*\b|\bany ?more\b|\bempty\b/i,
  ),
  'not-executable': /\bmode 0?6\d\d\b|\bnot executable\b|\bexecut\w+ bit\b|\bchmod\b|\bpermission denied\b/i,
  'not-pulled': pattern(
    /\b(?:can(?:no|')t|could ?n[o']t) (?:be )?pull\w*|\bair-?gapped\b|\boffline\b|\bno internet\b|\bpull\w*\b/i,
    /|\bregistry\b/i,
  ),
  'cannot-create': pattern(
    /\b(?:can(?:no|')t|could ?n[o']t) (?:be )?(?:creat|start|schedul|delet)\w*/i,
    /|\bevery (?:create|update|request)\b|\bfail\w*|\bdeadlock\w*|\bnothing gets\b|\brefus\w+/i,
  ),
  terminating: /\bterminating\b|\bcan(?:'|no)t (?:be )?delete\w*\b|\bdelet(?:e|ing)\b.{0,40}\b(?:hangs?|stuck)\b/i,
  'one-down': /\b(?:one|a) (?:of them |master |node )?(?:goes|is|was) down\b|\bwhen one\b|\bif one\b/i,
  'only-two': /\b(?:two|2|a single|one|only one|single) (?:masters?|control[- ]planes?)\b/i,
  'waits-for-itself': pattern(
    /\bchicken\b|\bthere'?s? (?:is )?no api ?server yet\b|\bonly (?:it|kubelet) can start\b|\bhas to start it\b/i,
  ),
} as const;
