/** awk programs that print certificates and kubeconfigs on a host, and leave every private part there. */

/**
 * `publicLine(line)`: what may leave the host of one line of a PEM file. Only lines inside CERTIFICATE blocks and the
 * BEGIN and END lines themselves pass; anything else becomes `?`, so that a reader still sees that it is there, and
 * where. A list of what may pass, not of what may not: a key with a broken BEGIN line stays on the host, too.
 */
const publicLine = `
function publicLine(line,   mark, before, after) {
  if (match(line, /-----(BEGIN|END) [A-Z0-9 ]*-----/)) {
    before = substr(line, 1, RSTART - 1); mark = substr(line, RSTART, RLENGTH); after = substr(line, RSTART + RLENGTH)
    show = (mark == "-----BEGIN CERTIFICATE-----")
    return (before ~ /[^ \\t]/ ? "?" : before) mark (after ~ /[^ \\t\\r]/ ? "?" : "")
  }
  if (line ~ /--|PRIVATE/) show = 0
  if (show && line ~ /^[A-Za-z0-9+\\/= \\t\\r]*$/) return line
  return line ~ /[^ \\t\\r]/ ? "?" : ""
}`.trim();

/** stdin: a PEM file; stdout: its public part, line by line. */
export const publicPem = `${publicLine}\n{ print publicLine($0) }`;

const secretKeys = '(client-key-data|token|password|id-token|refresh-token|access-token|client-secret|value)';

/**
 * stdin: a kubeconfig, KW_DIRECTORY: its folder. stdout: the public key of the one client key (embedded, or in the file
 * that is named), `#file` with the public part of the named client certificate, `#kubeconfig` with the text without
 * secrets. A key travels through pipes only, to openssl where the host has it.
 */
export const publicKubeconfig = `${publicLine}
function path(value) {
  sub(/^[ \\t]*["']?/, "", value); sub(/["',]*[ \\t\\r]*$/, "", value)
  return value ~ /^\\// ? value : ENVIRON["KW_DIRECTORY"] "/" value
}
function indentOf(line) { match(line, /^[ \\t]*(-[ \\t]+)*/); return RLENGTH }
function hide(line, key,   gap) {
  gap = "[ \\t]*:[ \\t]*"
  gsub(key gap "\\"([^\\"\\\\\\\\]|\\\\\\\\.)*\\"", key ": REDACTED", line)
  gsub(key gap "'[^']*'", key ": REDACTED", line)
  gsub(key gap "[^ ,}\\"']+", key ": REDACTED", line)
  return line
}
function inFlow(line,   n, words) {
  if (line !~ /[{,]/) return line
  n = split("client-key-data token password id-token refresh-token access-token client-secret value", words, " ")
  for (; n > 0; n--) {
    line = hide(line, "\\"" words[n] "\\""); line = hide(line, "'" words[n] "'"); line = hide(line, words[n])
  }
  return line
}
# What is before the dot of a bootstrap token is its name, and no secret.
function named(rest) {
  sub(/^[ \\t]*["']?/, "", rest); sub(/["']?[ \\t\\r]*$/, "", rest)
  return length(rest) == 23 && rest ~ /^[a-z0-9]+\\.[a-z0-9]+$/ && index(rest, ".") == 7 ? substr(rest, 1, 7) : ""
}
function emit(line) { text = text line "\\n" }
{
  indent = indentOf($0)
  if (skipping && ($0 !~ /[^ \\t\\r]/ || indent > depth)) {
    if (isKey) key = key $0
    emit(!filled && $0 ~ /[^ \\t\\r]/ ? substr($0, 1, indent) "REDACTED" : ""); if ($0 ~ /[^ \\t\\r]/) filled = 1
    next
  }
  skipping = 0
}
match($0, /^[ \\t-]*["']?${secretKeys}["']?[ \\t]*:/) {
  head = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
  skipping = 1; depth = indent; isKey = head ~ /client-key-data/; filled = rest ~ /[^ \\t\\r"']/
  if (isKey) { keys++; if (rest !~ /^[ \\t]*[|>]/) key = rest }
  comma = rest ~ /,[ \\t\\r]*$/ ? "," : ""
  emit(filled ? head " " (head ~ /^[ \\t-]*["']?token/ ? named(rest) : "") "REDACTED" comma : $0)
  next
}
match($0, /^[ \\t-]*["']?client-certificate["']?[ \\t]*:/) { certificateFile = path(substr($0, RLENGTH + 1)) }
match($0, /^[ \\t-]*["']?client-key["']?[ \\t]*:/) { keyFile = path(substr($0, RLENGTH + 1)); keys++ }
{ emit(inFlow($0)) }
END {
  if (keys == 1 && ENVIRON["KW_OPENSSL"] != "") {
    openssl = "openssl pkey -pubout -passin pass: 2>/dev/null || echo '#key-broken'"
    gsub(/[^A-Za-z0-9+\\/=]/, "", key)
    if (key != "") { command = "base64 -d 2>/dev/null | { " openssl "; }"; print key | command; close(command) }
    else if (keyFile != "") {
      for (n = 0; n < 1000 && (getline line < keyFile) > 0; n++) print line | openssl
      close(openssl); close(keyFile)
    }
  }
  if (certificateFile != "") {
    print "#file " certificateFile
    for (n = 0; n < 1000 && (getline line < certificateFile) > 0; n++) print publicLine(line)
  }
  printf "#kubeconfig\\n%s", text
}`;
