/** The half of the renewal's script that asks what a certificate says, and signs one like it; openssl does the work. */
import { type Script, sh } from '../../shell/sh.js';

/**
 * openssl is started as seldom as can be: it says all of a certificate at once. `shape`: what a certificate says,
 * without what each has of its own: serial, dates, keys and signature (of two CAs of one name the signature decides).
 */
export const asking: Script = sh`leave() { echo "$path: left as it is: $1" >&2; code=1; }
say_all() { openssl x509 -noout -pubkey -text -nameopt RFC2253 -in "$1" >"$1.text" 2>/dev/null; }
# What openssl is here, and whether it can do all that is asked of it; 1.0.2 knows no -no_check_time, for one.
ask_tool() {
  command -v openssl >/dev/null || { tool='none'; return; }
  tool=$(openssl version 2>/dev/null) && [ -n "$tool" ] || tool='one that does not answer'
}
able() { case $tool in 'OpenSSL 1.1.1'* | 'OpenSSL '[2-9]* | 'OpenSSL '[1-9][0-9]*) ;; *) return 1 ;; esac; }
# From when and until when the first certificate of a file is valid, in seconds, whether there is an openssl or not:
# the bytes are walked up to its validity (RFC 5280, 4.1). Nothing is printed where there is no certificate.
life() {
  awk '/-----BEGIN CERTIFICATE-----/ { on = 1; next } /-----END / { if (on) exit } on' "$1" | tr -d '\\r' |
    base64 -d 2>/dev/null | od -An -v -tu1 | awk '
    function size(  n, k) {
      n = b[at++]
      if (n < 128) return n
      k = n - 128; n = 0
      for (; k > 0 && k < 5; k--) n = n * 256 + b[at++]
      return n
    }
    function enter() { at++; size() }
    function skip(  n) { at++; n = size(); at += n }
    function moment(  kind, n, text) {
      kind = b[at++]
      for (n = size(); n > 0 && n < 20; n--) text = text sprintf("%c", b[at++])
      if (kind == 23) text = (substr(text, 1, 2) < "50" ? 20 : 19) text
      if (text !~ /^[0-9]+Z$/ || length(text) != 15) exit
      return substr(text, 1, 8) " " substr(text, 9, 2) ":" substr(text, 11, 2) ":" substr(text, 13, 2)
    }
    { for (i = 1; i <= NF; i++) b[total++] = $i + 0 }
    END {
      enter(); enter(); if (b[at] == 160) skip()
      skip(); skip(); skip(); enter()
      from = moment(); until = moment(); print from; print until
    }' >"$work/life"
  { IFS= read -r from && IFS= read -r until; } <"$work/life" &&
    echo "$(date -u -d "$from" +%s) $(date -u -d "$until" +%s)"
}
same() {
  public=$(sed -n '/^-----BEGIN PUBLIC/,/^-----END PUBLIC/p' "$1.text")
  [ -n "$public" ] && [ "$public" = "$(openssl pkey -pubout -passin pass: -in "$2" 2>/dev/null </dev/null)" ]
}
data() { sed -n "s/^ *$1-data: *//p" "$2" | base64 -d 2>/dev/null; }
shape() {
  awk '
    /^-----BEGIN PUBLIC/ { hidden = 1 }
    /^-----END PUBLIC/ { hidden = 0; next }
    hidden || /^ *(Serial Number|Not Before|Not After|Signature Value)/ { next }
    /^ *[0-9a-f][0-9a-f](:[0-9a-f][0-9a-f])*:?$/ { next }
    /X509v3 (Subject|Authority) Key Identifier/ { getline; next }
    /X509v3 Subject Alternative Name/ { getline; n = split($0, all, /, */)
      for (i = 1; i <= n; i++) { sub(/^ +/, "", all[i]); print "name " all[i] }; next }
    /X509v3 .*:/ { head = $0; getline; sub(/^ +/, ""); sub(/ +$/, ""); print head " " $0; next }
    { print }' "$1.text" | sort
}
# Of this moment: what is signed takes its time.
kw_runs() {
  ends=; { read -r ends; } 2>/dev/null <"$home/lock"
  case $ends in '' | *[!0-9]*) return 1 ;; esac
  set -- "$(date +%s)"
  [ "$ends" -gt "$1" ] && [ "$ends" -lt $(($1 + 600)) ]
}`;

/** The kind of key, the digest and the names are those of the certificate that is there. */
export const signing: Script = sh`new_key() {
  kind=$(sed -n 's/.*Public Key Algorithm: //p' "$work/old.crt.text" | head -n 1)
  case $kind in
    rsaEncryption)
      encipher=,keyEncipherment
      bits=$(sed -n 's/.*Public-Key: (\\([0-9]*\\) bit.*/\\1/p' "$work/old.crt.text" | head -n 1)
      openssl genrsa -traditional "$bits" 2>/dev/null || openssl genrsa "$bits" 2>/dev/null ;;
    id-ecPublicKey)
      encipher=
      openssl ecparam -genkey -noout -name "$(sed -n 's/.*ASN1 OID: //p' "$work/old.crt.text" | head -n 1)" ;;
    *) return 1 ;;
  esac >"$work/new.key" && [ -s "$work/new.key" ]
}
names() {
  awk '/X509v3 Subject Alternative Name/ { getline; n = split($0, all, /, */)
    for (i = 1; i <= n; i++) { one = all[i]; gsub(/^ +| +$/, "", one)
      if (one ~ /^DNS:[A-Za-z0-9*._-]+$/) print "DNS." i " = " substr(one, 5)
      else if (one ~ /^IP Address:[0-9A-Fa-f:.]+$/) print "IP." i " = " substr(one, 12)
      else bad = 1 } }
    END { exit bad }' "$work/old.crt.text" >"$work/names"
}
settings() {
  digest=$(sed -n 's/.*Signature Algorithm: .*[sS][hH][aA]\\([0-9]*\\).*/\\1/p' "$work/old.crt.text" | head -n 1)
  cat <<END
[ca]
default_ca = own
[own]
database = $work/index
serial = $work/serial
new_certs_dir = $work
policy = subject
default_md = sha$digest
unique_subject = no
[subject]
organizationName = optional
commonName = supplied
[req]
distinguished_name = nobody
[nobody]
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature$encipher
extendedKeyUsage = $usages
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
  [ ! -s "$work/names" ] || { echo 'subjectAltName = @names'; echo '[names]'; cat "$work/names"; }
}
# A UTCTime has two digits for the year, and ends with 2049 (RFC 5280, 4.1.2.5).
stamp() { [ "$1" -lt 2524608000 ] && date -u -d "@$1" +%y%m%d%H%M%SZ || date -u -d "@$1" +%Y%m%d%H%M%SZ; }
sign() {
  settings >"$work/settings"
  : >"$work/index"
  echo "4$(od -An -v -N 16 -tx1 /dev/urandom | tr -d ' \\n' | cut -c 2-)" >"$work/serial"
  rm -f "$work/new.crt"
  openssl req -new -utf8 -config "$work/settings" -key "$work/new.key" -subj "$subject" -out "$work/request" &&
    openssl ca -batch -notext -preserveDN -config "$work/settings" -extensions leaf -in "$work/request" \\
      -cert "$authority" -keyfile "$pki/$ca.key" -startdate "$(stamp $((now - 300)))" -enddate "$(stamp "$last")" \\
      -out "$work/new.crt" && [ -s "$work/new.crt" ]
}`;
