// Asks the registry for known weaknesses of what is installed for production. Exit code 0: none of
// high or critical severity; 1: some, or no readable answer; 3: this registry offers no such
// service, which is told in one line and is neither a pass nor a failure.
// "audit.js FILE" judges a saved answer of "npm audit --json" instead of asking.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Answers of a registry that has no audit service, mirrors mostly. */
const notOffered = [404, 405, 501];
const grave = ['high', 'critical'];

const answer = process.argv[2] === undefined ? ask() : readFileSync(process.argv[2], 'utf8');
const { code, lines } = judge(answer);
console.log(lines.join('\n'));
process.exitCode = code;

function ask() {
  const args = ['audit', '--omit=dev', '--audit-level=high', '--json'];
  const { stdout, stderr, error } = spawnSync('npm', args, { encoding: 'utf8' });
  return stdout || stderr || String(error);
}

function judge(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { code: 1, lines: ['npm audit gave no readable answer:', text.slice(0, 500)] };
  }
  if (notOffered.includes(report.statusCode)) {
    const said = `The registry offers no audit (it answered ${report.statusCode})`;
    return { code: 3, lines: [`${said}: known weaknesses of dependencies were not looked up.`] };
  }
  if (report.vulnerabilities === undefined) {
    return { code: 1, lines: ['npm audit failed:', String(report.message ?? text).slice(0, 500)] };
  }
  const found = Object.values(report.vulnerabilities).filter((one) => grave.includes(one.severity));
  if (found.length === 0)
    return { code: 0, lines: ['No known weakness of high or critical severity.'] };
  return { code: 1, lines: found.map(lineOf) };
}

function lineOf({ name, severity, range, via, fixAvailable }) {
  const why = via.map((one) =>
    typeof one === 'string' ? `through ${one}` : `${one.title} ${one.url}`,
  );
  const fix = fixAvailable ? 'an update mends it' : 'no update mends it yet';
  return `${name} ${range} (${severity}): ${why.join('; ')}; ${fix}`;
}
