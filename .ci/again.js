// Second looks. "failed REPORT": the test files that failed, one a line; "why REPORT": what failed
// in them, and "skipped REPORT": what did not run.
// "settle REPORT SECOND": their results in REPORT are replaced by those of the second, lone run.
import { readFileSync, writeFileSync } from 'node:fs';

const [what, first, second] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const report = read(first);

if (what === 'failed') {
  const files = report.testResults.filter((suite) => suite.status === 'failed');
  console.log(files.map((suite) => suite.name).join('\n'));
} else if (what === 'why') {
  for (const suite of report.testResults.filter((each) => each.status === 'failed')) {
    const failures = suite.assertionResults.filter(({ status }) => status === 'failed');
    if (failures.length === 0) console.log(`first run: ${short(suite)}: ${clip(suite.message)}`);
    for (const { fullName, failureMessages } of failures) {
      console.log(`first run: ${short(suite)}: ${fullName}\n${clip(failureMessages.join('\n'))}`);
    }
  }
} else if (what === 'skipped') {
  for (const { fullName, status } of report.testResults.flatMap((each) => each.assertionResults)) {
    if (status !== 'passed' && status !== 'failed') console.log(`did not run: ${fullName}`);
  }
} else {
  const again = read(second);
  const names = new Set(again.testResults.map((suite) => suite.name));
  report.testResults = report.testResults
    .filter((suite) => !names.has(suite.name))
    .concat(again.testResults);
  const count = (status) =>
    report.testResults
      .flatMap((suite) => suite.assertionResults)
      .filter((result) => result.status === status).length;
  report.numPassedTests = count('passed');
  report.numFailedTests = count('failed');
  report.numPendingTests = count('pending');
  report.success = report.testResults.every((suite) => suite.status === 'passed');
  for (const suite of again.testResults.filter((each) => each.status === 'passed')) {
    console.log(`SECOND RUN passed alone: ${short(suite)}`);
  }
  writeFileSync(first, JSON.stringify(report));
}

function short({ name }) {
  return name.replace(/^.*\/test\//, 'test/');
}

function clip(text) {
  return String(text).slice(0, 600);
}
